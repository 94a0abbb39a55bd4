package import Logging
package import MonitorCore

/// What one log line says.
package struct LogRecord: Sendable {
    package var time: Timestamp
    package var level: Logger.Level
    package var message: String
    /// The data, ready to be written: the event's name first, the rest in order of its keys.
    package var fields: [(key: String, value: Logger.Metadata.Value)]

    package init(time: Timestamp, level: Logger.Level, message: String, metadata: Logger.Metadata) {
        self.time = time
        self.level = level
        self.message = message
        fields = metadata.map { (key: $0.key, value: $0.value) }.sorted { left, right in
            if left.key == Self.eventKey || right.key == Self.eventKey { return left.key == Self.eventKey }
            return left.key < right.key
        }
    }

    /// The metadata key of an event's name.
    package static let eventKey = "event"
}

extension Logger.Level {
    /// The nearest of the four levels that the log has always had.
    var settingsLevel: LoggingSettings.Level {
        switch self {
        case .trace, .debug: .debug
        case .info, .notice: .info
        case .warning: .warning
        case .error, .critical: .error
        }
    }
}

/// A way of writing a record as one line.
///
/// Whatever the record holds, the line has no newline but the one at its end, and nothing in it that a terminal obeys.
package protocol LogFormat: Sendable {
    func line(for record: LogRecord) -> String
}

extension LoggingSettings.Format {
    /// The format that `format` names, as it goes into a file: without colour.
    package var lineFormat: any LogFormat {
        switch self {
        case .text: TextLogFormat()
        case .json: JSONLogFormat()
        }
    }
}

/// The log for people: `2026-11-23 12:30:05.123+01:00 WARNING message [key=value key="two words"]`.
///
/// Levels are the four words of the script's log: DEBUG, INFO, WARNING, ERROR. A value in quotes has `\"` for a quote
/// and `\\` for a backslash.
package struct TextLogFormat: LogFormat {
    private let isColoured: Bool

    /// - Parameter isColoured: for a terminal (``StandardErrorLog/wantsColour(environment:)``).
    package init(isColoured: Bool = false) { self.isColoured = isColoured }

    package func line(for record: LogRecord) -> String {
        var line = "\(record.time.localText) \(level(of: record)) \(record.message.escapedForDisplay())"
        if !record.fields.isEmpty {
            let fields = record.fields.map { "\($0.key.escapedForDisplay())=\(Self.text(of: $0.value))" }
            line += " [\(fields.joined(separator: " "))]"
        }
        return line + "\n"
    }

    private func level(of record: LogRecord) -> String {
        let level = record.level.settingsLevel
        let word = level.rawValue.uppercased()
        let padding = String(repeating: " ", count: "WARNING".count - word.count)
        guard isColoured else { return word + padding }
        let colour =
            switch level {
            case .debug: "\u{1B}[2m"
            case .info: "\u{1B}[32m"
            case .warning: "\u{1B}[33m"
            case .error: "\u{1B}[1;31m"
            }
        return "\(colour)\(word)\u{1B}[0m\(padding)"
    }

    private static func text(of value: Logger.Metadata.Value) -> String {
        let text = "\(value)"
        let isPlain = !text.isEmpty && text.unicodeScalars.allSatisfy { !" \"'\\=[]".unicodeScalars.contains($0) }
        guard !isPlain else { return text.escapedForDisplay(limit: longestValue) }
        var quoted = ""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return "\"\(quoted.escapedForDisplay(limit: longestValue))\""
    }

    /// What a command printed may be long; a line too long to read is of no use.
    private static let longestValue = 4096
}

/// The log for programs: a JSON object a line (RFC 8259), with `time` (RFC 3339), `level`, `message`, and each field
/// under its own dotted name. Values are strings, arrays and objects.
///
/// A field that is called like one of the three has `field.` before its name.
package struct JSONLogFormat: LogFormat {
    package init() {}

    package func line(for record: LogRecord) -> String {
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

extension Timestamp {
    /// The moment in this machine's time zone: `2026-11-23 12:30:05.123+01:00`.
    package var localText: String { text(utcOffset: localUTCOffset, separator: " ") }

    /// The moment to the millisecond, in a time zone.
    ///
    /// - Parameters:
    ///   - utcOffset: seconds that the zone is before UTC.
    ///   - separator: what stands between date and time.
    func text(utcOffset: Int, separator: String) -> String {
        let calendar = CalendarTime(self, utcOffset: utcOffset)
        let minutes = Int64(abs(utcOffset) / 60)
        let zone =
            "\(utcOffset < 0 ? "-" : "+")\(CalendarTime.padded(minutes / 60)):\(CalendarTime.padded(minutes % 60))"
        return "\(calendar.date)\(separator)\(calendar.time).\(calendar.fraction)\(zone)"
    }
}
