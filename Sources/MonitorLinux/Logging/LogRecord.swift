public import Logging
public import MonitorCore

/// What one log line tells.
public struct LogRecord: Sendable {
    public var time: Timestamp
    public var level: Logger.Level
    public var message: String
    /// The data, ready to be written: the event's name first, the rest in order of its keys.
    public var fields: [(key: String, value: Logger.Metadata.Value)]

    public init(time: Timestamp, level: Logger.Level, message: String, metadata: Logger.Metadata) {
        self.time = time
        self.level = level
        self.message = message
        fields = metadata.map { (key: $0.key, value: $0.value) }.sorted { left, right in
            if left.key == Self.eventKey || right.key == Self.eventKey { return left.key == Self.eventKey }
            return left.key < right.key
        }
    }

    /// The metadata key of an event's name.
    public static let eventKey = "event"
}

extension Logger.Level {
    /// The nearest of the four levels that the log has always had.
    var settingsLevel: LoggingSettings.Level {
        switch self {
        case .trace, .debug: .debug
        case .info, .notice: .info
        case .warning: .warning
        case .error, .critical: .error
        }
    }
}
