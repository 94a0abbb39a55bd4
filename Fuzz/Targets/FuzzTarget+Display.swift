internal import Logging
import MonitorCore
import MonitorLinux

extension FuzzTarget {
    /// Texts that are shown to people: the first byte is the limit of their length.
    static let display = FuzzTarget(name: "display") { (bytes) throws(BrokenInvariant) in
        let text = bytes.dropFirst().map(\.self).decoded
        let limit = Int(bytes.first ?? 0) + 1
        let whole = text.escapedForDisplay()
        try demandHarmless(whole, "a text that is shown")
        try demand(whole.escapedForDisplay() == whole, "what is shown can be shown again")
        let shown = text.escapedForDisplay(limit: limit)
        try demand(shown == whole.cut(toCharacters: limit), "it is escaped, and then cut")
        try demand(shown.unicodeScalars.count <= limit, "at most \(limit) of \(shown.debugDescription)")
        if shown != whole {
            try demand(shown.hasSuffix("…"), "a cut is marked: \(shown.debugDescription)")
            let kept = shown.unicodeScalars.dropLast()
            try demand(whole.unicodeScalars.starts(with: kept), "what is kept is the beginning")
        }
    }

    /// Lines of the log: message, then key and value in turn, divided by NUL.
    static let logLine = FuzzTarget(name: "log-line") { (bytes) throws(BrokenInvariant) in
        let texts = bytes.parts(dividedBy: 0).map(\.decoded)
        var metadata: Logger.Metadata = [:]
        for index in stride(from: 1, to: texts.count - 1, by: 2) { metadata[texts[index]] = "\(texts[index + 1])" }
        let record = LogRecord(
            time: Timestamp(milliseconds: 1_763_900_000_000), level: .warning, message: texts[0], metadata: metadata)
        let text = TextLogFormat().line(for: record)
        try demand(text.utf8.last == UInt8(ascii: "\n"), "a line ends")
        try demandHarmless(String(text.unicodeScalars.dropLast()), "a line of text")
        let json = JSONLogFormat().line(for: record)
        try demand(json.utf8.last == UInt8(ascii: "\n"), "a line ends")
        try demandHarmless(String(json.unicodeScalars.dropLast()), "a line of JSON")
        guard var members = FlatJSON.members(of: json) else { throw BrokenInvariant("'\(json)' is no JSON") }
        try demand(members.removeValue(forKey: "message") == record.message, "the message is kept: \(json)")
        try demand(members.removeValue(forKey: "level") == "warning", "the level is kept: \(json)")
        try demand(members.removeValue(forKey: "time") != nil, "the time is kept: \(json)")
        // A field that has another's place, as `field.time` has that of a field called `time`, is on its own.
        for (key, value) in metadata where !key.hasPrefix("field.") {
            let isReserved = ["time", "level", "message"].contains(key)
            guard !isReserved || metadata["field.\(key)"] == nil else { continue }
            try demand(members[isReserved ? "field.\(key)" : key] == "\(value)", "\(key) is kept: \(json)")
        }
        try demand(members.count <= metadata.count, "nothing is added: \(json)")
    }
}
