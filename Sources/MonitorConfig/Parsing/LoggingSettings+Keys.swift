internal import MonitorCore

extension LoggingSettings {
    /// The keys of `[logging]`.
    static let keys: [SettingKey<LoggingSettings>] = [
        .required("max_log_size", \.maxLogSizeKB, .whole(1...10_485_760)),
        .required("log_files_to_keep", \.logFilesToKeep, .whole(0...1000)),
        .optional("file", \.file, .path),
        .required("level", \.level, .choice),
        .required("journal", \.journal, .choice),
        .required("format", \.format, .choice),
    ]
}
