package import MonitorCore
import MonitorIO
package import MonitorStore

/// A connection of the test's own, as an application or an administrator has one.
///
/// Calls that block, on a lock say, block no other test.
package actor DatabaseClient {
    private nonisolated let executor = QueueExecutor(label: "test.client")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let connect: @Sendable () throws(SQLError) -> any SQLConnection
    private var connection: (any SQLConnection)?

    package init(_ settings: DatabaseSettings, password: Secret?) {
        connect = { () throws(SQLError) in
            let connection = try MariaDBConnection.connect(settings, password: password)
            // Unlike the monitor, an application is strict, and raises alarms.
            try connection.run("SET SESSION sql_mode = DEFAULT, @monitor_quiet = NULL")
            return connection
        }
    }

    package init(sqlite path: String) {
        connect = { () throws(SQLError) in try SQLiteConnection(path: path, queryTimeout: .seconds(5)) }
    }

    /// Runs a statement without parameters and rows.
    package func run(_ sql: String) throws { try connected().run(sql) }

    /// Runs several, in order.
    package func run(_ statements: [String]) throws { for sql in statements { try connected().run(sql) } }

    /// Runs a statement, and gives its rows as text, NULL as nil.
    @discardableResult
    package func rows(_ sql: String, _ parameters: [SQLValue] = []) throws -> [[String?]] {
        try connected().execute(sql, parameters, keeps: false).rows.map { $0.map(\.text) }
    }

    /// The first column of the first row.
    package func scalar(_ sql: String, _ parameters: [SQLValue] = []) throws -> String? {
        try rows(sql, parameters).first?.first ?? nil
    }

    package func close() { connection = nil }

    private func connected() throws(SQLError) -> any SQLConnection {
        if let connection { return connection }
        let made = try connect()
        connection = made
        return made
    }
}
