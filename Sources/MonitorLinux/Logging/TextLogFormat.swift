internal import Logging
internal import MonitorCore

/// The log for people: `2026-11-23 12:30:05.123+01:00 WARNING message [key=value key="two words"]`.
///
/// Levels are the four words of the script's log: DEBUG, INFO, WARNING, ERROR. A value in quotes has `\"` for a quote
/// and `\\` for a backslash.
public struct TextLogFormat: LogFormat {
    private let isColoured: Bool

    /// - Parameter isColoured: for a terminal (``StandardErrorLog/wantsColour(environment:)``).
    public init(isColoured: Bool = false) { self.isColoured = isColoured }

    public func line(for record: LogRecord) -> String {
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

    /// What a command printed may be long; a line that nobody can read helps nobody.
    private static let longestValue = 4096
}
