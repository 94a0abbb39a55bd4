public import MonitorCore

/// A way of writing a record as one line.
///
/// Whatever the record holds, the line has no newline but the one at its end, and nothing in it that a terminal obeys.
public protocol LogFormat: Sendable {
    func line(for record: LogRecord) -> String
}

extension LoggingSettings.Format {
    /// The format that `format` names, as it goes into a file: without colour.
    public var lineFormat: any LogFormat {
        switch self {
        case .text: TextLogFormat()
        case .json: JSONLogFormat()
        }
    }
}
