internal import MonitorCore

/// A place that log lines go to.
///
/// Writing never fails for the caller: a daemon does not end because its log can't be kept.
public protocol LogSink: Sendable {
    func write(_ record: LogRecord)
}
