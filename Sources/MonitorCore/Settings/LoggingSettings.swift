/// `[logging]`: the rotated file, the journal, the level.
package struct LoggingSettings: Sendable, Equatable {
    package enum Level: String, Sendable, CaseIterable { case debug, info, warning, error }
    package enum Journal: String, Sendable, CaseIterable { case auto, on, off }
    package enum Format: String, Sendable, CaseIterable { case text, json }

    /// Size at which the file is rotated, in KB of 1024 bytes.
    package var maxLogSizeKB = 5120
    /// Rotated files kept beside the one being written.
    package var logFilesToKeep = 5
    /// The log file; nil for the default place.
    package var file: String?
    package var level: Level = .info
    package var journal: Journal = .auto
    package var format: Format = .text

    package init() {}
}
