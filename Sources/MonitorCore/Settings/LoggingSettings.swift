/// `[logging]`: the rotated file, the journal, the level.
public struct LoggingSettings: Sendable, Equatable {
    public enum Level: String, Sendable, CaseIterable { case debug, info, warning, error }
    public enum Journal: String, Sendable, CaseIterable { case auto, on, off }
    public enum Format: String, Sendable, CaseIterable { case text, json }

    /// Size at which the file is rotated, in KB of 1024 bytes.
    public var maxLogSizeKB = 5120
    /// Rotated files kept beside the one being written.
    public var logFilesToKeep = 5
    /// The log file; nil for the default place.
    public var file: String?
    public var level: Level = .info
    public var journal: Journal = .auto
    public var format: Format = .text

    public init() {}
}
