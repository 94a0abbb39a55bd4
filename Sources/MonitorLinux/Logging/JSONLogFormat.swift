internal import Logging
internal import MonitorCore

/// The log for programs: a JSON object a line (RFC 8259), with `time` (RFC 3339), `level`, `message`, and each field
/// under its own dotted name. Values are strings, arrays and objects.
///
/// A field that is called like one of the three has `field.` before its name.
public struct JSONLogFormat: LogFormat {
    public init() {}

    public func line(for record: LogRecord) -> String {
        var members = [
            Self.member("time", .string(record.time.text(utcOffset: record.time.localUTCOffset, separator: "T"))),
            Self.member("level", .string(record.level.settingsLevel.rawValue)),
            Self.member("message", .string(record.message)),
        ]
        for (key, value) in record.fields {
            members.append(Self.member(Self.reserved.contains(key) ? "field.\(key)" : key, value))
        }
        return "{\(members.joined(separator: ","))}\n"
    }

    private static let reserved: Set = ["time", "level", "message"]

    private static func member(_ key: String, _ value: Logger.Metadata.Value) -> String {
        "\(key.quotedAsJSON):\(json(value))"
    }

    private static func json(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): text.quotedAsJSON
        case .stringConvertible(let something): "\(something)".quotedAsJSON
        case .array(let items): "[\(items.map(json).joined(separator: ","))]"
        case .dictionary(let entries):
            "{\(entries.sorted { $0.key < $1.key }.map { member($0.key, $0.value) }.joined(separator: ","))}"
        }
    }
}
