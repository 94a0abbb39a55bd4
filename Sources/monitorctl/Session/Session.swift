internal import ArgumentParser
internal import Glibc
import MonitorConfig
internal import MonitorCore
internal import MonitorIO
import MonitorLinux
internal import MonitorStatus
internal import MonitorStore

/// What a verb works with: the configuration, and the store that it names.
struct Session: Sendable {
    let configuration: Configuration
    /// The name under which this host's rows are kept.
    let host: String
    let store: any AlarmStore & ControlStore
    let environment: [String: String]
    let paths: StatePaths

    /// Reads the configuration; the store is reached by the first question to it.
    init(_ options: GlobalOptions) throws(Failure) {
        let environment = Environment.variables
        do {
            let loaded = try Configuration.load(path: options.configurationFile, environment: environment)
            try self.init(loaded.configuration, environment: environment)
        } catch {
            throw Failure(error)
        }
    }

    /// - Throws: when the file with the password can't be read.
    init(_ configuration: Configuration, environment: [String: String]) throws(ConfigurationError) {
        self.configuration = configuration
        self.environment = environment
        paths = StatePaths.current(for: configuration)
        host = configuration.hostName
        store = makeStore(
            configuration.database, host: host, path: paths.database,
            password: try configuration.database.resolvedPassword(environment: environment),
            historyRetention: configuration.historyRetention)
    }

    var user: String { Operator.name(environment: environment) }

    var times: TimeFormat { TimeFormat(now: .wallClock(), zone: .local) }

    /// The page that standard output is.
    func page() -> Page { Page.standardOutput(at: .wallClock(), environment: environment) }

    /// The rules of the breaker of a process, as the configuration on this host has them.
    func policy(of name: String) -> BreakerPolicy {
        let settings =
            (try? ProcessName(name)).map(configuration.engine.settings) ?? configuration.engine.processDefaults
        return BreakerPolicy(engine: configuration.engine, process: settings)
    }

    /// Why this host never restarts a process, by `allow` and `deny`; nil where it may.
    func objection(to name: String) -> String? {
        (try? ProcessName(name)).flatMap(configuration.engine.objection)
    }

    /// Refuses to go on where the file of an embedded store is missing: only `init` and the daemon create it.
    func requireDatabase() throws(Failure) {
        guard configuration.database.backend == .sqlite, access(paths.database, F_OK) != 0, errno == ENOENT else {
            return
        }
        throw Failure(
            .storeUnreachable,
            "cannot open the database '\(paths.database)': there is no such file; 'monitorctl init' creates it")
    }

    /// Whether the daemon of this host is alive.
    func daemon() async throws(StoreError) -> DaemonState {
        do throws(StoreError) {
            let heartbeat = try await store.daemon()
            let hasExited = heartbeat.map { DaemonIdentity.hasExited($0.daemon.instance) ?? false } ?? false
            return DaemonState(
                heartbeat, now: .wallClock(), hasExited: hasExited, isListening: wakeSocket.state == .listening)
        } catch let error where error.code == .schema {
            // Without tables of the monitor's own no daemon can make a heartbeat.
            return .unknown
        }
    }

    /// The daemon, and all processes or those named.
    func report(of names: [String]?) async throws(Failure) -> StatusReport {
        let daemon: DaemonState
        do throws(StoreError) { daemon = try await self.daemon() } catch { throw Failure(error) }
        let processes = try await select(names, to: "show")
        let checks: [CheckRecord]
        var unserved: [UnservedRow]
        do throws(StoreError) {
            checks = try await self.checks(of: names == nil ? nil : processes)
            unserved = try await store.unservedRows()
        } catch {
            throw Failure(error)
        }
        if let names { unserved.removeAll { $0.name.map(names.contains) != true } }
        return StatusReport(
            host: host, daemon: daemon, processes: processes, checks: checks, unserved: unserved, now: .wallClock())
    }

    /// How checks stand, of those processes or of all; none where there are no tables for it.
    func checks(of processes: [ProcessStatus]?) async throws(StoreError) -> [CheckRecord] {
        do throws(StoreError) {
            return try await store.checks(of: processes?.map(\.processID))
        } catch let error where error.code == .schema || error.code == .denied {
            return []
        }
    }

    /// Has the daemon of this host poll now, where there is one.
    func wakeDaemon() { wakeSocket.notify() }

    var wakeSocket: WakeSocket { WakeSocket(path: paths.wakeSocket) }

    /// Says what was done, and to which processes.
    func confirm(_ action: String, _ processes: [ProcessStatus]) {
        Console.report("\(action): \(Self.list(processes))")
    }

    /// Names for a sentence: the first ten, and how many there are besides.
    static func list(_ processes: [ProcessStatus]) -> String {
        let names = processes.map { $0.name.escapedForDisplay(limit: 60) }
        let rest = names.count > 10 ? " and \(names.count - 10) more" : ""
        return names.isEmpty ? "none" : names.prefix(10).joined(separator: ", ") + rest
    }
}

extension Session {
    /// Puts processes in alarm, with a note that says who did it, and has the daemon poll now.
    func setAlarm(_ processes: [ProcessStatus], reason: String? = nil) async throws(StoreError) {
        let note = "Alarm set by \(user)" + (reason.map { ": \($0)" } ?? "")
        try await store.raise(processes.map(\.processID), .act(of: user, reason: reason, note: note))
        wakeDaemon()
    }

    /// Clears the alarms of those that are in alarm, and has the daemon poll now: it ends the recoveries of those. The
    /// others keep their notes.
    ///
    /// - Parameters:
    ///   - action: what is done, for the note: `Alarm cleared`.
    ///   - kind: the kind of its event.
    /// - Returns: those that were.
    func clearAlarm(
        _ processes: [ProcessStatus], action: String = "Alarm cleared", as kind: Event.Kind = .alarmCleared
    ) async throws(StoreError) -> [ProcessStatus] {
        let inAlarm = processes.filter(\.alarm)
        try await store.clearAlarm(inAlarm.map(\.processID), note: "\(action) by \(user)", as: kind, by: user)
        if !inAlarm.isEmpty { wakeDaemon() }
        return inAlarm
    }
}

/// A verb that works on the store.
///
/// It throws a ``Failure``, a `StoreError`, or the ``ExitStatus`` with which it ends after having said all there is to
/// say.
protocol Verb: AsyncParsableCommand {
    var global: GlobalOptions { get }
    /// Whether it makes the file of an embedded store that is not there.
    static var createsDatabase: Bool { get }
    func run(in session: Session) async throws
}

extension Verb {
    static var createsDatabase: Bool { false }

    func run() async throws {
        let session = try Session(global)
        if !Self.createsDatabase { try session.requireDatabase() }
        do {
            try await run(in: session)
        } catch {
            await session.store.close()
            throw error
        }
        await session.store.close()
    }
}

/// The environment variables that the tool was started with.
enum Environment {
    static let variables = ProcessEnvironment.variables()
}

/// Who uses the tool: what stands in holds, notes and the history.
enum Operator {
    /// The user's name, that of the caller of `sudo` where it was used; the number where there is no name.
    static func name(environment: [String: String]) -> String {
        let user = getuid()
        if user == 0, let caller = environment["SUDO_USER"], !caller.isEmpty { return caller }
        return UserEntry.of(user)?.name ?? "user \(user)"
    }
}
