internal import Glibc
import MonitorConfig
internal import MonitorCore
import MonitorLinux
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
    func daemon() async throws(StoreError) -> DaemonLife {
        do throws(StoreError) {
            let beat = try await store.daemon()
            let isGone = beat.map { DaemonIdentity.hasExited($0.daemon.instance) ?? false } ?? false
            return DaemonLife(beat, now: .wallClock(), isGone: isGone)
        } catch let error where error.code == .schema {
            // Without tables of the monitor's own no daemon can sign.
            return .unknown
        }
    }

    /// The daemon, and all processes or those named.
    func report(of names: [String]?) async throws(Failure) -> StatusReport {
        let daemon: DaemonLife
        do throws(StoreError) { daemon = try await self.daemon() } catch { throw Failure(error) }
        let processes = try await select(names, to: "show")
        return StatusReport(host: host, daemon: daemon, processes: processes, now: .wallClock())
    }

    /// Has the daemon of this host look at once, where there is one.
    func wakeDaemon() { WakeSocket.knock(at: paths.wakeSocket) }

    /// Says what was done, and to which processes.
    func confirm(_ deed: String, _ processes: [ProcessStatus]) { Console.tell("\(deed): \(Self.list(processes))") }

    /// Names for a sentence: the first ten, and how many there are besides.
    static func list(_ processes: [ProcessStatus]) -> String {
        let names = processes.map { $0.name.escapedForDisplay(limit: 60) }
        let rest = names.count > 10 ? " and \(names.count - 10) more" : ""
        return names.isEmpty ? "none" : names.prefix(10).joined(separator: ", ") + rest
    }
}
