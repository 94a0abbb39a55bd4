public import Logging
internal import MonitorCore

/// A swift-log handler that makes records of what is logged and gives them to a sink.
///
/// Copies of a logger share the threshold until one of them is given a level of its own.
public struct LineLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let sink: any LogSink
    private let threshold: LogThreshold
    private var ownLevel: Logger.Level?

    public init(sink: any LogSink, threshold: LogThreshold, metadataProvider: Logger.MetadataProvider? = nil) {
        self.sink = sink
        self.threshold = threshold
        self.metadataProvider = metadataProvider
    }

    public var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { _, new in new } }
        if let given = event.metadata { merged.merge(given) { _, new in new } }
        if let error = event.error, merged["error.reason"] == nil { merged["error.reason"] = "\(error)" }
        sink.write(
            LogRecord(time: .wallClock(), level: event.level, message: "\(event.message)", metadata: merged))
    }
}
