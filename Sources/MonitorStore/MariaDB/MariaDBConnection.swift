internal import CMariaDB
internal import MonitorCore

/// A connection to MariaDB or MySQL through Connector/C.
///
/// Every wait has a limit: the connect timeout, then the query timeout for each answer, both in whole seconds.
package final class MariaDBConnection: SQLConnection {
    package let dialect = SQLDialect.mariadb
    package private(set) var server: String
    package private(set) var statementsAnswered = 0
    package private(set) var isReadOnly = false
    /// The account that the server took us for: `'monitor'@'%'`.
    private(set) var account = "USER"

    let handle: MariaDBHandle
    let database: String
    let queryTimeout: Duration
    private var statements: [String: MariaDBStatement] = [:]

    /// Connects, logs in and sets the session up.
    init(_ endpoint: MariaDBEndpoint, _ settings: DatabaseSettings, password: Secret?) throws(SQLError) {
        handle = try MariaDBHandle()
        database = settings.database
        queryTimeout = .seconds(settings.queryTimeout.wholeSecondsForConnector)
        server = "\(endpoint)"
        try handle.configure(settings, for: endpoint)
        let connectTimeout = Duration.seconds(settings.connectTimeout.wholeSecondsForConnector)
        try answered(within: connectTimeout) {
            handle.connect(to: endpoint, user: settings.user, password: password, database: settings.database)
        }
        guard settings.tls != .required && settings.tls != .verify || handle.isEncrypted else {
            throw SQLError(.unreachable, reason: "the server offers no TLS", endsConnection: true)
        }
        server = "\(serverVersion) at \(endpoint)"
        try setUpSession()
    }

    private var serverVersion: String {
        let product = connector.mariadb_connection(handle.pointer) != 0 ? "MariaDB" : "MySQL"
        let version = handle.serverVersion.prefix { $0 != "-" }
        return "\(product) \(version)"
    }

    private func setUpSession() throws(SQLError) {
        // A row that an application keeps locked concerns one report, and others wait behind it: a second, the least
        // that there is. On a table half of the query timeout: the server gives up before we give up on the server.
        let lockWait = max(1, queryTimeout.components.seconds / 2)
        // Not strict: what does not fit into the application's column (an emoji in latin1) is replaced, not refused.
        // @monitor_quiet tells the triggers that this session's notes raise no alarm.
        try run(
            """
            SET SESSION sql_mode = '', SESSION autocommit = 1, SESSION innodb_lock_wait_timeout = 1, \
            SESSION lock_wait_timeout = \(lockWait), @monitor_quiet = 1
            """)
        // The clear of an alarm relies on its subquery being a locking read, which it is not at lower levels.
        try run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        // Also finds the member of a cluster that accepts a login and answers no statement.
        let sessionQuery = "SELECT CURRENT_USER(), @@GLOBAL.read_only, @@GLOBAL.innodb_read_only"
        let row = try execute(sessionQuery, [], keeps: false).rows.first ?? [.null, .null, .null]
        account = Self.quotedAccount(row[0].text ?? "")
        isReadOnly = row.dropFirst().contains { !["0", "OFF", nil].contains($0.text?.uppercased()) }
    }

    /// `user@host` with both parts quoted, as GRANT wants it.
    private static func quotedAccount(_ account: String) -> String {
        let at = account.lastIndex(of: "@") ?? account.endIndex
        return "'\(account[..<at])'@'\(account[at...].dropFirst())'"
    }

    package func statements(granting grants: [Grants.Grant]) -> [String] {
        grants.map { $0.statement(database: database, account: account) }
    }

    package func run(_ sql: String) throws(SQLError) {
        try answered(within: queryTimeout) {
            connector.mysql_real_query(handle.pointer, sql, UInt(sql.utf8.count)) == 0
        }
        statementsAnswered += 1
    }

    package func prepare(_ sql: String) throws(SQLError) {
        _ = try statement(sql, keeps: true)
    }

    package func execute(
        _ sql: String, _ parameters: [SQLValue], keeps: Bool, row: ([SQLValue]) -> Void
    ) throws(SQLError) -> Int {
        let statement = try statement(sql, keeps: keeps)
        try answered(within: queryTimeout, statement) { statement.execute(parameters, row: row) }
        statementsAnswered += 1
        return statement.affectedRows
    }

    private func statement(_ sql: String, keeps: Bool) throws(SQLError) -> MariaDBStatement {
        if let known = statements[sql] { return known }
        let statement = try MariaDBStatement(handle)
        try answered(within: queryTimeout, statement) { statement.prepare(sql) }
        if keeps { statements[sql] = statement }
        return statement
    }

    /// Does a call that may fail, and says why it did.
    ///
    /// Connector/C has no number for "no answer in time": the time that passed tells.
    func answered(
        within limit: Duration, _ statement: MariaDBStatement? = nil, _ call: () -> Bool
    ) throws(SQLError) {
        let started = ContinuousClock.now
        guard !call() else { return }
        let number = statement?.errorNumber ?? handle.errorNumber
        let message = statement?.errorMessage ?? handle.errorMessage
        if Self.isLostConnection(number), ContinuousClock.now - started >= limit * 0.9 {
            let seconds = limit.components.seconds
            throw SQLError(
                .timedOut, number: Int32(number), reason: "no answer within \(seconds) s", endsConnection: true)
        }
        throw SQLError(mariaDBNumber: number, message: message, account: account, database: database)
    }
}
