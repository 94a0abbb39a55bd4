import Logging
import MonitorCore
import MonitorLinux
import MonitorSystemd

/// Where the daemon's log goes: standard error or the journal, and the rotated file.
struct DaemonLog {
    let logger: Logger
    private let threshold: LogThreshold
    private let file: RotatingLogFile

    /// - Parameters:
    ///   - level: the command line's, which comes before the configuration's.
    ///   - path: the file (``StatePaths/logFile``).
    ///   - isLoggedToJournal: standard error is the journal already: there the native one takes its place.
    init(
        _ settings: LoggingSettings, level: LoggingSettings.Level?, path: String, isLoggedToJournal: Bool,
        environment: [String: String]
    ) {
        let threshold = LogThreshold((level ?? settings.level).logLevel)
        let file = RotatingLogFile(RotatingLogFile.Policy(settings, path: path))
        let console = StandardErrorLog(
            format: settings.format == .json
                ? JSONLogFormat()
                : TextLogFormat(isColoured: StandardErrorLog.wantsColour(environment: environment)))
        let usesJournal = settings.journal == .on || settings.journal == .auto && isLoggedToJournal
        let problem = file.reopen()
        logger = Logger(label: "monitord") { _ in
            var handlers: [any LogHandler] = [LineLogHandler(sink: file, threshold: threshold)]
            if usesJournal { handlers.append(JournalLogHandler { threshold.level }) }
            if !usesJournal || !isLoggedToJournal {
                handlers.append(LineLogHandler(sink: console, threshold: threshold))
            }
            return MultiplexLogHandler(handlers)
        }
        self.threshold = threshold
        self.file = file
        warn(of: problem)
    }

    /// Takes new settings, and opens the file anew.
    func apply(_ settings: LoggingSettings, level: LoggingSettings.Level?, path: String) {
        threshold.level = (level ?? settings.level).logLevel
        warn(of: file.apply(RotatingLogFile.Policy(settings, path: path)))
    }

    private func warn(of problem: String?) {
        guard let problem else { return }
        logger.warning(
            "works without its log file", metadata: ["event": "log.unwritable", "error.reason": "\(problem)"])
    }
}
