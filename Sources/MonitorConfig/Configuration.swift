internal import Glibc
public import MonitorCore

/// Everything that a configuration file says, defaults filled in.
public struct Configuration: Sendable, Equatable {
    public var database = DatabaseSettings()
    /// `[monitor]`, but for what concerns this host's rows, and the processes: what an engine goes by.
    public var engine = EngineSettings()
    /// The name under which this host's rows are kept; nil for the host's own name.
    public var host: String?
    /// How long history is kept.
    public var historyRetention = Event.defaultRetention
    public var logging = LoggingSettings()
    /// The file it was read from; nil for the built-in defaults.
    public var path: String?

    public init() {}

    /// The name under which this host's rows are kept: the one configured, else what gethostname(2) says.
    public var hostName: String {
        if let host { return host }
        // Longer than any: HOST_NAME_MAX is 64 on Linux.
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            buffer.initialize(repeating: 0)
            gethostname(buffer.baseAddress!, buffer.count - 1)
            return String(cString: buffer.baseAddress!)
        }
    }
}
