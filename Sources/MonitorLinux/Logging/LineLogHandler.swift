internal import Glibc
package import Logging
package import MonitorCore
internal import MonitorIO
internal import Synchronization

/// A swift-log handler that makes records of what is logged and gives them to a sink.
///
/// Copies of a logger share the threshold until one of them is given a level of its own.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let sink: any LogSink
    private let threshold: LogThreshold
    private var ownLevel: Logger.Level?

    package init(sink: any LogSink, threshold: LogThreshold, metadataProvider: Logger.MetadataProvider? = nil) {
        self.sink = sink
        self.threshold = threshold
        self.metadataProvider = metadataProvider
    }

    package var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { _, new in new } }
        if let given = event.metadata { merged.merge(given) { _, new in new } }
        if let error = event.error, merged["error.reason"] == nil { merged["error.reason"] = "\(error)" }
        sink.write(
            LogRecord(time: .wallClock(), level: event.level, message: "\(event.message)", metadata: merged))
    }
}

/// A place that log lines go to.
///
/// Writing never fails for the caller: a daemon does not end because its log can't be kept.
package protocol LogSink: Sendable {
    func write(_ record: LogRecord)
}

/// The lowest level that is logged, shared by all handlers, so that a reload changes it everywhere at once.
package final class LogThreshold: Sendable {
    private let current: Mutex<Logger.Level>

    package init(_ level: Logger.Level) { current = Mutex(level) }

    package var level: Logger.Level {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}

extension LoggingSettings.Level {
    /// The level of swift-log that it means.
    package var logLevel: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}

/// The log on standard error, each line in one write(2), so that lines of several processes don't mix.
///
/// A line that can't be written is gone. The daemon ignores SIGPIPE, or a closed pipe would end it.
package struct StandardErrorLog: LogSink {
    private let format: any LogFormat
    private let descriptor: Int32

    package init(format: any LogFormat) { self.init(format: format, descriptor: STDERR_FILENO) }

    init(format: any LogFormat, descriptor: Int32) {
        self.format = format
        self.descriptor = descriptor
    }

    package func write(_ record: LogRecord) {
        var line = format.line(for: record)
        line.withUTF8 { _ = writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    /// Whether standard error is a terminal whose user wants colour.
    package static func wantsColour(environment: [String: String]) -> Bool {
        wantsColour(descriptor: STDERR_FILENO, environment: environment)
    }

    /// Whether the descriptor leads to a terminal whose user wants colour.
    package static func wantsColour(descriptor: Int32, environment: [String: String]) -> Bool {
        wantsColour(isTerminal: isatty(descriptor) == 1, environment: environment)
    }

    /// The rule of <https://no-color.org>: any value of `NO_COLOR` but the empty one forbids it.
    static func wantsColour(isTerminal: Bool, environment: [String: String]) -> Bool {
        isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }
}
