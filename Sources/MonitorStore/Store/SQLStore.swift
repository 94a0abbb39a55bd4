internal import Glibc
package import Logging
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
    /// From then on a completion may wait for a row that an application holds: where one has waited in vain, the calls of
    /// all other processes have waited along.
    var mayWaitForRows = ContinuousClock.now

    /// Whether the server gives up a lock, after one to two seconds, before the answer to the statement is given up: that
    /// would end the connection.
    var leavesTimeToWait: Bool { queryTimeout >= .seconds(3) }

    private let connect: Connector
    private let queryTimeout: Duration
    private let logger: Logger?
    private var purpose = SQLSession.Purpose.tool
    /// Whether this is the store of a daemon, which does with few privileges.
    var isDaemon: Bool { purpose == .daemon }
    private var session: SQLSession?
    /// What the daemon was told that the store can do.
    private var opened: StoreCapabilities?

    /// The width of the columns that hold a host.
    private static let hostLimit = 190
    /// How often a call is tried that other transactions get in the way of.
    private static let tries = 5
    /// For how long a daemon's call is tried again that a lock is in the way of: other calls wait behind it.
    private static let longestBusyCall = Duration.seconds(1)

    /// Makes a store; nothing is connected yet.
    package init(
        host: String, machineID: String? = nil, historyRetention: Duration, queryTimeout: Duration,
        clock: SteadyWallClock, logger: Logger? = nil,
        connect: @escaping Connector
    ) {
        self.host = host.cut(toCharacters: Self.hostLimit)
        self.machineID = machineID?.cut(toCharacters: 64)
        self.historyRetention = historyRetention
        self.queryTimeout = queryTimeout
        self.clock = clock
        self.logger = logger
        self.connect = connect
    }

    /// Connects anew, for a daemon.
    func openSession() throws(StoreError) -> StoreCapabilities {
        purpose = .daemon
        (session, opened) = (nil, nil)
        var capabilities = try perform("cannot open the database") { session throws(SQLError) in session.capabilities }
        capabilities.formerHost = try perform("cannot read the hosts", formerHost)
        opened = capabilities
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
                let answer = try body(connectedSession())
                logCall(message, since: started, attempt)
                return answer
            } catch {
                logCall(message, since: started, attempt, error)
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

    /// Says at debug which call was made, and what came of it.
    private func logCall(
        _ message: String, since started: ContinuousClock.Instant, _ attempt: Int, _ error: SQLError? = nil
    ) {
        logger?.debug(
            error == nil ? "the database has done a call" : "the database has failed a call",
            metadata: [
                "event": "store.call",
                "store.call": "\(message.hasPrefix("cannot ") ? message.dropFirst(7) : message[...])",
                "store.attempt": "\(attempt)", "duration": "\((ContinuousClock.now - started).written)",
                "error.code": "\(error.map { "\($0.code)" } ?? "-")", "error.reason": "\(error?.reason ?? "-")",
            ])
    }

    private func connectedSession() throws(SQLError) -> SQLSession {
        if let session { return session }
        let made = try SQLSession(connect(), for: purpose, revisions: revisions)
        let (tables, capabilities) = (made.tables, made.capabilities)
        // Not silently: the engine logs what the store can do when it opens it.
        if let opened, !capabilities.canDo(sameAs: opened) {
            throw SQLError(.schema, reason: "the monitor's tables, triggers or privileges have changed since the start")
        }
        logger?.debug(
            "looked at the tables",
            metadata: [
                "event": "store.surveyed", "store.server": "\(capabilities.server)",
                "store.tables": "\(tables.process), \(tables.status)",
                "store.persists": "\(capabilities.persistsState)", "store.counts": "\(capabilities.countsRevisions)",
            ])
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
            throw Self.readOnly(connection)
        }
        var survey = CapabilitySurvey(connection)
        if purpose == .daemon { try survey.createWhatIsMissing() }
        tables = try TableSurvey(connection).requiredApplication
        try survey.look()
        if purpose == .daemon {
            try survey.tryTriggers(on: tables.status, seemsUncounted: revisions.areUncounted)
            // It could not clear an alarm either.
            if case .fails(let error) = survey.trial { throw error }
            try survey.checkPrivileges(on: tables)
        }
        alarms = AlarmSQL(
            connection.dialect, tables, persistsState: survey.persistsState, countsRevisions: survey.countsRevisions)
        capabilities = StoreCapabilities(
            persistsState: survey.persistsState, countsRevisions: survey.countsRevisions, remarks: survey.remarks,
            server: connection.server)
    }

    /// What a server that takes no writes is told as.
    static func readOnly(_ connection: any SQLConnection) -> SQLError {
        SQLError(
            .unwritable,
            reason: """
                \(connection.server) is read-only, and no other server of 'host' takes writes; name the primary in \
                'host', or set read_only = OFF on it
                """)
    }

    /// Whether the application's rows can be taken without waiting for them.
    ///
    /// MySQL knows NOWAIT since 8.0, and may want a privilege for it that we were not given.
    var locksAtOnce: Bool { alarms.lockAlarm.map { (try? connection.prepare($0)) != nil } ?? true }
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

extension StoreCapabilities {
    fileprivate func canDo(sameAs other: StoreCapabilities) -> Bool {
        persistsState == other.persistsState && countsRevisions == other.countsRevisions
    }
}
