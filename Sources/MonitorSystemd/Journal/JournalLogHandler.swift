internal import CSystemd
internal import Glibc
package import Logging
internal import MonitorCore

/// Writes log events to systemd's journal, each datum in a field of its own.
///
/// | field | from |
/// | --- | --- |
/// | `MESSAGE` | the message, and the metadata for a reader who doesn't see the fields |
/// | `PRIORITY` | the level, as a priority of `syslog(3)` |
/// | `PROCESS_NAME` | the metadata `process.name` |
/// | `MONITOR_…` | any other metadata: `event` is `MONITOR_EVENT`, `error.reason` `MONITOR_ERROR_REASON` |
/// | `SYSLOG_IDENTIFIER` | the identifier |
/// | `CODE_FILE`, `CODE_LINE`, `CODE_FUNC` | where it was logged |
/// | `OBJECT_SYSTEMD_UNIT` | the units that it is about: the service's other name, and the unit of the process |
///
/// So `journalctl -u monitord PROCESS_NAME=httpd` shows what was done for one process, and `systemctl status httpd` does,
/// too. (journalctl goes by the names of units as they are written, and believes root's entries alone about other units.)
/// A value may hold anything, also newlines: the journal's format keeps them apart from other fields.
///
/// - SeeAlso: `systemd.journal-fields(7)`
package struct JournalLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let identifier: String
    private let alias: String?
    private let unit: @Sendable (_ process: String) -> String?
    private let threshold: @Sendable () -> Logger.Level
    private var ownLevel: Logger.Level?
    private let write: @Sendable ([JournalField]) -> Void

    /// - Parameters:
    ///   - identifier: what `journalctl` shows as the program's name.
    ///   - alias: another name of the service that this is, under which its entries are to be found too.
    ///   - unit: the unit of a process, for entries with a `process.name` and no `unit.name`.
    ///   - threshold: the level from which on to log, asked at every event, until a logger is given one of its own.
    package init(
        identifier: String = "monitord", alias: String? = nil,
        unit: @escaping @Sendable (_ process: String) -> String? = { _ in nil },
        threshold: @escaping @Sendable () -> Logger.Level
    ) {
        self.init(
            identifier: identifier, alias: alias, unit: unit, threshold: threshold, write: JournalField.send)
    }

    init(
        identifier: String, alias: String? = nil,
        unit: @escaping @Sendable (_ process: String) -> String? = { _ in nil },
        threshold: @escaping @Sendable () -> Logger.Level, write: @escaping @Sendable ([JournalField]) -> Void
    ) {
        self.identifier = identifier
        self.alias = alias
        self.unit = unit
        self.threshold = threshold
        self.write = write
    }

    package var logLevel: Logger.Level {
        get { ownLevel ?? threshold() }
        set { ownLevel = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var data = metadata
        if let provided = metadataProvider?.get() { data.merge(provided) { _, new in new } }
        if let own = event.metadata { data.merge(own) { _, new in new } }
        if let error = event.error, data["error.reason"] == nil { data["error.reason"] = "\(error)" }
        let sorted = data.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        write(
            [
                JournalField("MESSAGE", JournalField.message("\(event.message)", with: sorted)),
                JournalField("PRIORITY", "\(event.level.journalPriority)"),
                JournalField("SYSLOG_IDENTIFIER", identifier),
                JournalField("CODE_FILE", event.file),
                JournalField("CODE_LINE", "\(event.line)"),
                JournalField("CODE_FUNC", event.function),
            ] + units(in: data).map { JournalField("OBJECT_SYSTEMD_UNIT", $0) }
                + sorted.map { JournalField(metadataKey: $0.0, $0.1) })
    }

    private func units(in data: Logger.Metadata) -> [String] {
        let subject = data["unit.name"].map { "\($0)" } ?? data["process.name"].flatMap { unit("\($0)") }
        return [alias, subject].compactMap(\.self)
    }
}

extension Logger.Level {
    /// - SeeAlso: `syslog(3)`
    var journalPriority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}

/// A field of a journal entry: `NAME=value`.
struct JournalField: Sendable, Equatable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The field of a datum: capitals, digits and underscores are all that a name may hold.
    init(metadataKey key: String, _ value: String) {
        if key == "process.name" {
            self.init("PROCESS_NAME", value)
        } else {
            let name = key.uppercased().unicodeScalars.map { scalar in
                scalar.isASCII && (scalar.properties.isUppercase || ("0"..."9").contains(scalar))
                    ? Character(scalar) : "_"
            }
            self.init(String(("MONITOR_" + name).prefix(Self.longestName)), value)
        }
    }

    /// `systemd.journal-fields(7)` has no limit, but journald drops fields with longer names.
    private static let longestName = 64

    /// The line that a person reads: the message, and its data but for the event's name, which says the same.
    static func message(_ message: String, with data: [(key: String, value: String)]) -> String {
        ([message] + data.filter { $0.key != "event" }.map { "\($0.key)=\($0.value)" })
            .joined(separator: " ").escapedForDisplay()
    }

    /// Hands an entry to journald; where there is none, it is lost.
    ///
    /// - SeeAlso: `sd_journal_sendv(3)`
    static func send(_ fields: [JournalField]) {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        for field in fields {
            bytes += "\(field.name)=\(field.value)".utf8
            ends.append(bytes.count)
        }
        bytes.withUnsafeMutableBytes { buffer in
            var begin = 0
            let vectors = ends.map { end in
                defer { begin = end }
                return iovec(iov_base: buffer.baseAddress! + begin, iov_len: end - begin)
            }
            _ = sd_journal_sendv(vectors, CInt(vectors.count))
        }
    }
}
