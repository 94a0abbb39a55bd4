public import Logging
public import MonitorCore
internal import Synchronization

/// The lowest level that is logged, shared by all handlers, so that a reload changes it everywhere at once.
public final class LogThreshold: Sendable {
    private let current: Mutex<Logger.Level>

    public init(_ level: Logger.Level) { current = Mutex(level) }

    public var level: Logger.Level {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}

extension LoggingSettings.Level {
    /// The level of swift-log that it means.
    public var logLevel: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
