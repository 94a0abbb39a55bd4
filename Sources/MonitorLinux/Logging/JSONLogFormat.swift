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
        "\(quoted(key)):\(json(value))"
    }

    private static func json(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .stringConvertible(let something): quoted("\(something)")
        case .array(let items): "[\(items.map(json).joined(separator: ","))]"
        case .dictionary(let entries):
            "{\(entries.sorted { $0.key < $1.key }.map { member($0.key, $0.value) }.joined(separator: ","))}"
        }
    }

    /// A JSON string. What a terminal may obey is escaped too: people look at such files with `cat`.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.isUnsafeToDisplay: quoted += scalar.utf16.map(unicodeEscape).joined()
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func unicodeEscape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
