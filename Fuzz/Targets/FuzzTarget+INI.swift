import MonitorConfig
import MonitorCore

extension FuzzTarget {
    /// The reader of INI files.
    static let ini = FuzzTarget(name: "ini") { (bytes) throws(BrokenInvariant) in
        let document = INIDocument(reading: bytes)
        let lines = 1...(bytes.count { $0 == UInt8(ascii: "\n") } + 1)
        for problem in document.problems {
            try demand(lines.contains(problem.line), "problem of line \(problem.line) of \(lines)")
            try demandReadable(problem.text)
        }
        var last = 0
        for section in document.sections {
            for line in [section.line] + section.entries.map({ $0.line }) {
                try demand(line > last && lines.contains(line), "line \(line) after \(last), of \(lines)")
                last = line
            }
            try demandTrimmed(section.name)
            for entry in section.entries { try check(entry) }
        }
        let text = printed(document.sections)
        let again = INIDocument(reading: text)
        try demand(again.problems.isEmpty, "what was read can be read again: \(again.problems)")
        try demand(printed(again.sections) == text, "it is the same again")
        if !bytes.contains(UInt8(ascii: "\r")) {
            let fromWindows = bytes.flatMap { $0 == UInt8(ascii: "\n") ? [UInt8(ascii: "\r"), $0] : [$0] }
            try demand(INIDocument(reading: fromWindows) == document, "it is the same with CR LF")
        }
    }

    private static func check(_ entry: INIDocument.Entry) throws(BrokenInvariant) {
        try demandTrimmed(entry.key)
        try demand(!entry.key.isEmpty && !entry.key.utf8.contains(UInt8(ascii: "=")), "a key before the first '='")
        let value = entry.value
        try demandTrimmed(value.verbatim)
        for reading in [value.word, value.unquoted] {
            try demand(value.verbatim.utf8.count >= reading.utf8.count, "nothing is added to '\(value.verbatim)'")
        }
        if !value.verbatim.utf8.contains(where: { "\"';#".utf8.contains($0) }) {
            try demand(value.word == value.verbatim && value.unquoted == value.verbatim, "a plain value as it is")
        }
    }

    private static func demandTrimmed(_ text: String) throws(BrokenInvariant) {
        let bytes = text.utf8
        let isControl = bytes.contains { ($0 < 0x20 && $0 != UInt8(ascii: "\t")) || $0 == 0x7F }
        try demand(!isControl, "no control character in \(text.debugDescription)")
        for end in [bytes.first, bytes.last] {
            try demand(end != UInt8(ascii: " ") && end != UInt8(ascii: "\t"), "no blank around '\(text)'")
        }
    }

    private static func printed(_ sections: [INIDocument.Section]) -> [UInt8] {
        var text: [UInt8] = []
        for section in sections {
            text += "[\(section.name)]\n".utf8
            for entry in section.entries { text += "\(entry.key)=\(entry.value.verbatim)\n".utf8 }
        }
        return text
    }
}
