import Logging
import MonitorCore

/// Where the daemon's log goes: standard error or the journal, and the rotated file.
struct DaemonLog {
    let logger: Logger
    private let threshold: LogThreshold
    private let file: RotatingLogFile
    private let path: String

    /// - Parameters:
    ///   - level: the command line's, which comes before the configuration's.
    ///   - path: the file, where the configuration names none.
    init(_ settings: LoggingSettings, level: LoggingSettings.Level?, path: String, environment: [String: String]) {
        let threshold = LogThreshold((level ?? settings.level).logLevel)
        let file = RotatingLogFile(RotatingLogFile.Policy(settings, path: path))
        let console = StandardErrorLog(format: settings.format.lineFormat)
        let problem = file.reopen()
        logger = Logger(label: "monitord") { _ in
            MultiplexLogHandler([
                LineLogHandler(sink: console, threshold: threshold), LineLogHandler(sink: file, threshold: threshold),
            ])
        }
        self.threshold = threshold
        self.file = file
        self.path = path
        warn(of: problem)
    }

    /// Takes new settings, and opens the file anew.
    func apply(_ settings: LoggingSettings, level: LoggingSettings.Level?) {
        threshold.level = (level ?? settings.level).logLevel
        warn(of: file.apply(RotatingLogFile.Policy(settings, path: settings.file ?? path)))
    }

    private func warn(of problem: String?) {
        guard let problem else { return }
        logger.warning("works without its log file", metadata: ["event": "log.unwritable", "error": "\(problem)"])
    }
}
