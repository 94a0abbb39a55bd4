import Glibc
import Logging
import MonitorConfig
import MonitorCore
import MonitorLinux
import MonitorSystemd
import Synchronization

/// What SIGHUP does: puts the configuration in force as its file is now; a broken file changes nothing.
actor Reload {
    private let options: Daemon.Options
    private let environment: [String: String]
    private let log: DaemonLog
    private let notifier: ServiceNotifier
    private let apply: @Sendable (Configuration) async -> Void
    /// What the daemon was started with: keys that need a restart still have these values.
    private let started: Configuration
    private var inForce: Configuration
    private var loadedAt = Timestamp.wallClock()

    /// - Parameter apply: gives the new configuration to those who work by it.
    init(
        of configuration: Configuration, options: Daemon.Options, environment: [String: String], log: DaemonLog,
        notifier: ServiceNotifier, apply: @escaping @Sendable (Configuration) async -> Void
    ) {
        self.options = options
        self.environment = environment
        self.log = log
        self.notifier = notifier
        self.apply = apply
        started = configuration
        inForce = configuration
    }

    func callAsFunction() async {
        notifier.reloading()
        defer { notifier.ready() }
        do throws(ConfigurationError) {
            let loaded = try Configuration.loadChecked(path: options.config, environment: environment)
            // Not named on the command line, a file that has gone would make the built-in defaults hold.
            if let path = inForce.path, !loaded.foundFile {
                throw ConfigurationError("cannot read configuration file '\(path)': there is no such file any more")
            }
            await take(loaded)
        } catch {
            reject(error)
        }
    }

    private func take(_ loaded: LoadedConfiguration) async {
        let new = loaded.configuration
        log.apply(
            new.logging, processes: new.engine, level: options.logLevel, path: StatePaths.current(for: new).logFile)
        log.warn(of: loaded.warnings)
        for change in started.changes(to: new) where change.needsRestart {
            log.logger.warning(
                "\(change) has changed: that takes effect at the next start",
                metadata: [
                    "event": "config.restart_needed", "config.section": "\(change.section)",
                    "config.key": "\(change.key)",
                ])
        }
        await apply(new)
        let changed = inForce.changes(to: new).filter { !$0.needsRestart }.map(\.description)
        inForce = new
        loadedAt = .wallClock()
        log.logger.info(
            "took the new configuration",
            metadata: [
                "event": "config.reloaded", "config": "\(new.path ?? "(defaults)")",
                "config.changed": "\(changed.isEmpty ? "nothing" : changed.joined(separator: ", "))",
            ])
    }

    private func reject(_ error: ConfigurationError) {
        let count = error.problems.count
        log.logger.error(
            """
            configuration rejected, still using the one loaded at \(loadedAt.localClockTime): \
            \(count) error\(count == 1 ? "" : "s")
            """,
            metadata: ["event": "config.rejected", "config.errors": "\(count)"])
        for problem in error.problems {
            log.logger.error("\(problem)", metadata: ["event": "config.error"])
        }
    }
}

/// The password of the database as the configuration in force has it: read again when a server refuses the one that is
/// used, so that neither a new one in its file nor one in a reloaded configuration needs a restart.
final class DatabaseLogin: Sendable {
    private let settings: Mutex<DatabaseSettings>
    private let environment: [String: String]

    init(_ settings: DatabaseSettings, environment: [String: String]) {
        self.settings = Mutex(settings)
        self.environment = environment
    }

    func take(_ new: DatabaseSettings) { settings.withLock { $0 = new } }

    /// Nil where it can't be read.
    func password() -> Secret? {
        let settings = settings.withLock { $0 }
        return try? settings.resolvedPassword(environment: environment)
    }
}

extension Configuration {
    /// Loads the configuration, and tries to read the password that it names, which a start would need.
    static func loadChecked(
        path: String?, environment: [String: String]
    ) throws(ConfigurationError) -> LoadedConfiguration {
        let loaded = try load(path: path, environment: environment)
        _ = try loaded.configuration.database.resolvedPassword(environment: environment)
        return loaded
    }
}

extension Timestamp {
    /// Hours and minutes in this machine's time zone: `22:32`.
    fileprivate var localClockTime: String { String(localText.dropFirst(11).prefix(5)) }
}
