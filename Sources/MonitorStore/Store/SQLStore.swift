internal import Glibc
package import MonitorCore
internal import MonitorIO

/// The store on a database, for daemon and tool.
///
/// Its jobs run on an executor of its own, because the libraries block. It holds a connection and, where there are no
/// tables for them, the breakers; everything else is in the database.
package actor SQLStore {
    package typealias Connector = @Sendable () throws(SQLError) -> any SQLConnection

    private nonisolated let executor = QueueExecutor(label: "monitor.store")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The host whose daemon or tool this is.
    let host: String
    /// What the operating system knows this machine by, whatever its name is.
    let machineID: String?
    let historyRetention: Duration
    let clock: SteadyWallClock
    /// Stands in for the tables of the monitor where there are none.
    var memory = MemoryState()
    /// Notices when the triggers no longer count alarms.
    var revisions = RevisionWatch()

    private let connect: Connector
    private let queryTimeout: Duration
    private var purpose = SQLSession.Purpose.tool
    private var session: SQLSession?

    /// The width of the columns that hold a host.
    private static let hostLimit = 190
    /// How often a call is tried that other transactions get in the way of.
    private static let tries = 5
    /// For how long a daemon's call is tried again that a lock is in the way of: other calls wait behind it.
    private static let longestBusyCall = Duration.seconds(1)

    /// Makes a store; nothing is connected yet.
    package init(
        host: String, machineID: String? = nil, historyRetention: Duration, queryTimeout: Duration,
        clock: SteadyWallClock,
        connect: @escaping Connector
    ) {
        self.host = host.cut(toCharacters: Self.hostLimit)
        self.machineID = machineID?.cut(toCharacters: 64)
        self.historyRetention = historyRetention
        self.queryTimeout = queryTimeout
        self.clock = clock
        self.connect = connect
    }

    /// Connects anew, for a daemon.
    func openSession() throws(StoreError) -> StoreCapabilities {
        purpose = .daemon
        session = nil
        var capabilities = try perform("cannot open the database") { session throws(SQLError) in session.capabilities }
        capabilities.formerHost = try perform("cannot read the hosts", formerHost)
        // They are there, or there again.
        if capabilities.countsRevisions { revisions = RevisionWatch() }
        return capabilities
    }

    /// The other name under which this machine's daemon ran last.
    private func formerHost(_ session: SQLSession) throws(SQLError) -> String? {
        guard let machineID, session.capabilities.persistsState else { return nil }
        let now = Timestamp.wallClock()
        let parameters: [SQLValue] = [
            .text(machineID), .text(host), SQLValue(now), SQLValue(now + Heartbeat.longestLease),
        ]
        return try session.connection.execute(session.alarms.formerHost, parameters).rows.first?.first?.text
    }

    /// Ends the connection; the next call makes another.
    func closeSession() { session = nil }

    /// Connects anew and changes the tables; the next call reads them afresh.
    func createTables<T>(_ body: (any SQLConnection) throws(SQLError) -> T) throws(StoreError) -> T {
        session = nil
        do {
            return try body(connect())
        } catch {
            throw error.storeError("cannot create the tables")
        }
    }

    /// Does what a call asks for, on a connection that is made where there is none.
    ///
    /// - Parameters:
    ///   - message: what is attempted, for the error: `cannot read the alarms`.
    ///   - body: has no effect when it throws, or one that a repetition does not double.
    func perform<T>(
        _ message: String, _ body: (SQLSession) throws(SQLError) -> T
    ) throws(StoreError) -> T {
        let started = ContinuousClock.now
        let busyLimit = purpose == .daemon ? min(queryTimeout, Self.longestBusyCall) : queryTimeout
        var attempt = 1
        while true {
            let wasIdle = session != nil
            let answered = session?.connection.statementsAnswered
            do throws(SQLError) {
                return try body(connectedSession())
            } catch {
                let broke = wasIdle && error.code == .unreachable
                // The server went away between two calls: nothing was done yet.
                let isStale = broke && session?.connection.statementsAnswered == answered
                if error.endsConnection || error.code == .schema || error.code == .denied { session = nil }
                let isBusy = error.code == .busy && ContinuousClock.now - started < busyLimit
                guard isStale || isBusy, attempt < Self.tries else { throw error.storeError(message) }
                if isBusy { pause(before: attempt) }
                attempt += 1
            }
        }
    }

    private func connectedSession() throws(SQLError) -> SQLSession {
        if let session { return session }
        let made = try SQLSession(connect(), for: purpose, revisions: revisions)
        session = made
        return made
    }

    /// Waits a little, longer each time and never as long as another that waits too; this thread is ours.
    private func pause(before attempt: Int) {
        usleep(UInt32.random(in: 1000...20_000) * UInt32(attempt))
    }
}

/// A connection, with what it can do and the statements for that.
struct SQLSession {
    enum Purpose {
        /// Works on what is there; a missing privilege is an error when it is needed.
        case tool
        /// Creates what is missing where it may, and does with less where it may not.
        case daemon
    }

    let connection: any SQLConnection
    let tables: TableNames
    let alarms: AlarmSQL
    let capabilities: StoreCapabilities

    init(
        _ connection: any SQLConnection, for purpose: Purpose, revisions: RevisionWatch = RevisionWatch()
    ) throws(SQLError) {
        self.connection = connection
        if purpose == .daemon, connection.isReadOnly {
            throw SQLError(
                .unwritable,
                reason: """
                    \(connection.server) is read-only, and no other server of 'host' takes writes; name the primary in \
                    'host', or set read_only = OFF on it
                    """)
        }
        var survey = CapabilitySurvey(connection)
        if purpose == .daemon { try survey.createWhatIsMissing() }
        tables = try TableSurvey(connection).requiredApplication
        try survey.look()
        if revisions.areUncounted { try survey.findUncounted(on: tables.status) }
        if purpose == .daemon { try survey.checkPrivileges(on: tables) }
        alarms = AlarmSQL(
            connection.dialect, tables, persistsState: survey.persistsState, countsRevisions: survey.countsRevisions)
        capabilities = StoreCapabilities(
            persistsState: survey.persistsState, countsRevisions: survey.countsRevisions, remarks: survey.remarks,
            server: connection.server)
    }

    /// Whether several reports can be written in one transaction.
    ///
    /// MySQL knows NOWAIT since 8.0, and may want a privilege for it that we were not given.
    var writesTogether: Bool { alarms.lockAlarm.map { (try? connection.prepare($0)) != nil } ?? true }
}

extension SQLSession {
    /// Does all of it or nothing.
    func transaction<T>(_ body: () throws(SQLError) -> T) throws(SQLError) -> T {
        try connection.run(connection.dialect.beginWriting)
        do {
            let result = try body()
            try connection.run("COMMIT")
            return result
        } catch {
            if !error.endsConnection { try? connection.run("ROLLBACK") }
            throw error
        }
    }
}
