import Logging
import MonitorConfig
import MonitorCore
import MonitorLinux
import MonitorSystemd
import Synchronization

/// Where the daemon's log goes: standard error or the journal, and the rotated file.
struct DaemonLog {
    let logger: Logger
    private let threshold: LogThreshold
    private let file: RotatingLogFile
    private let units: Units

    /// The units of processes, which may change with the configuration.
    private final class Units: Sendable {
        private let settings: Mutex<EngineSettings>

        init(_ settings: EngineSettings) { self.settings = Mutex(settings) }

        func take(_ new: EngineSettings) { settings.withLock { $0 = new } }

        /// nil for what is no process's name, and for a process that is no service.
        func unit(of process: String) -> String? {
            guard let name = try? ProcessName(process) else { return nil }
            let own = settings.withLock { $0.settings(for: name) }
            return own.strategy == .process ? nil : (own.unit ?? UnitName(process: name)).rawValue
        }
    }
    private let console: ConsoleLog

    /// - Parameters:
    ///   - processes: by which an entry of the journal names the unit that it is about.
    ///   - level: the command line's, which comes before the configuration's.
    ///   - path: the file (``StatePaths/logFile``).
    ///   - isLoggedToJournal: standard error is the journal already: there the native one takes its place.
    init(
        _ settings: LoggingSettings, processes: EngineSettings, level: LoggingSettings.Level?, path: String,
        isLoggedToJournal: Bool, environment: [String: String]
    ) {
        let units = Units(processes)
        let threshold = LogThreshold((level ?? settings.level).logLevel)
        let file = RotatingLogFile(RotatingLogFile.Policy(settings, path: path))
        let console = ConsoleLog(settings.format, isColoured: StandardErrorLog.wantsColour(environment: environment))
        let usesJournal = settings.journal == .on || settings.journal == .auto && isLoggedToJournal
        let problem = file.reopen()
        logger = Logger(label: "monitord") { _ in
            var handlers: [any LogHandler] = [LineLogHandler(sink: file, threshold: threshold)]
            if usesJournal {
                handlers.append(
                    JournalLogHandler(alias: "monitor_service.service", unit: units.unit) { threshold.level })
            }
            if !usesJournal || !isLoggedToJournal {
                handlers.append(LineLogHandler(sink: console, threshold: threshold))
            }
            return AllHandlers(MultiplexLogHandler(handlers), threshold)
        }
        self.threshold = threshold
        self.file = file
        self.units = units
        self.console = console
        warn(of: problem)
    }

    /// Takes new settings, and opens the file anew.
    func apply(
        _ settings: LoggingSettings, processes: EngineSettings, level: LoggingSettings.Level?, path: String
    ) {
        units.take(processes)
        threshold.level = (level ?? settings.level).logLevel
        console.apply(settings.format)
        warn(of: file.apply(RotatingLogFile.Policy(settings, path: path)))
    }

    /// Logs what works in a configuration and may still be a mistake.
    func warn(of warnings: [ConfigurationProblem]) {
        for warning in warnings { logger.warning("\(warning)", metadata: ["event": "config.warning"]) }
    }

    private func warn(of problem: String?) {
        guard let problem else { return }
        logger.warning(
            "works without its log file", metadata: ["event": "log.unwritable", "error.reason": "\(problem)"])
    }
}

/// The log on standard error, whose format a reload may change.
private final class ConsoleLog: LogSink {
    private let isColoured: Bool
    private let log: Mutex<StandardErrorLog>

    init(_ format: LoggingSettings.Format, isColoured: Bool) {
        self.isColoured = isColoured
        log = Mutex(Self.log(format, isColoured: isColoured))
    }

    func apply(_ format: LoggingSettings.Format) {
        let new = Self.log(format, isColoured: isColoured)
        log.withLock { $0 = new }
    }

    func write(_ record: LogRecord) { log.withLock { $0 }.write(record) }

    private static func log(_ format: LoggingSettings.Format, isColoured: Bool) -> StandardErrorLog {
        StandardErrorLog(format: format == .json ? JSONLogFormat() : TextLogFormat(isColoured: isColoured))
    }
}

/// Several handlers as one, whose level is that of the threshold at every event.
///
/// A ``MultiplexLogHandler`` by itself keeps the level that its handlers had when it was made: a reload to a lower one
/// would have no effect.
private struct AllHandlers: LogHandler {
    private var handlers: MultiplexLogHandler
    private let threshold: LogThreshold
    private var ownLevel: Logger.Level?

    init(_ handlers: MultiplexLogHandler, _ threshold: LogThreshold) {
        self.handlers = handlers
        self.threshold = threshold
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set {
            ownLevel = newValue
            handlers.logLevel = newValue
        }
    }

    var metadata: Logger.Metadata {
        get { handlers.metadata }
        set { handlers.metadata = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { handlers.metadataProvider }
        set { handlers.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { handlers[metadataKey: key] }
        set { handlers[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) { handlers.log(event: event) }
}
