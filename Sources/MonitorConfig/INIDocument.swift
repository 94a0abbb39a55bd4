internal import MonitorCore

/// The sections, keys and values of an INI text as they stand there, each with the number of its line.
///
/// A line is empty, a comment (its first character that is no blank is `;` or `#`), `[section]`, or `key = value`,
/// split at its first `=`. What sections and keys mean is not known here; how a value is read, ``INIValue`` tells.
package struct INIDocument: Sendable, Equatable {
    package struct Section: Sendable, Equatable {
        package var name: String
        package var line: Int
        package var entries: [Entry] = []
    }

    package struct Entry: Sendable, Equatable {
        package var key: String
        package var value: INIValue
        package var line: Int
    }

    /// A line that can't be read, and why. Its text is never quoted: a password may stand in it.
    package struct Problem: Sendable, Equatable {
        package var line: Int
        package var text: String
    }

    /// In the order of the text; a section that stands there twice is here twice.
    package private(set) var sections: [Section] = []
    package private(set) var problems: [Problem] = []

    /// The longest line, in bytes without its end.
    static let longestLine = 8192

    /// Reads a text. Lines end with LF or CR LF; a byte order mark before the first is passed over.
    ///
    /// Reading goes on after a line that can't be read. Comments need not be UTF-8: not all of the files that were
    /// written for the script are.
    package init(reading bytes: [UInt8]) {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.starts(with: byteOrderMark) ? bytes.dropFirst(byteOrderMark.count) : bytes[...]
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            do {
                try read(line.last == UInt8(ascii: "\r") ? line.dropLast() : line, number: index + 1)
            } catch {
                problems.append(Problem(line: index + 1, text: error.text))
                // Another kind of file altogether; a problem for each of its lines would be no help.
                if error == .notText { return }
            }
        }
    }

    private mutating func read(_ bytes: ArraySlice<UInt8>, number: Int) throws(UnreadableLine) {
        guard !bytes.contains(0) else { throw .notText }
        guard bytes.count <= Self.longestLine else { throw .tooLong }
        let line = bytes.trimmingBlanks()
        switch line.first {
        case nil, UInt8(ascii: ";"), UInt8(ascii: "#"): return
        case UInt8(ascii: "["): sections.append(Section(name: try sectionName(in: line), line: number))
        default: try readEntry(line, number: number)
        }
    }

    /// The name between the brackets; only a comment may follow them.
    private func sectionName(in line: ArraySlice<UInt8>) throws(UnreadableLine) -> String {
        guard let end = line.firstIndex(of: UInt8(ascii: "]")) else { throw .openBracket }
        let rest = line[(end + 1)...].trimmingBlanks()
        guard rest.isEmpty || rest.first == UInt8(ascii: ";") || rest.first == UInt8(ascii: "#") else {
            throw .textAfterSection
        }
        return try text(of: line[(line.startIndex + 1)..<end].trimmingBlanks())
    }

    private mutating func readEntry(_ line: ArraySlice<UInt8>, number: Int) throws(UnreadableLine) {
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { throw .noEntry }
        let key = try text(of: line[..<equals].trimmingBlanks())
        guard !key.isEmpty else { throw .noKey }
        let value = INIValue(try text(of: line[(equals + 1)...].trimmingBlanks()))
        guard !sections.isEmpty else { throw .noSection }
        sections[sections.count - 1].entries.append(Entry(key: key, value: value, line: number))
    }

    private func text(of bytes: ArraySlice<UInt8>) throws(UnreadableLine) -> String {
        guard !bytes.contains(where: { ($0 < 0x20 && $0 != UInt8(ascii: "\t")) || $0 == 0x7F }) else {
            throw .controlCharacter
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        return text
    }
}

/// What is wrong with a line.
private enum UnreadableLine: Error {
    case notText, tooLong, openBracket, textAfterSection, noEntry, noKey, noSection, controlCharacter, notUTF8

    var text: String {
        switch self {
        case .notText: "there is a NUL byte: this is not a text file in UTF-8"
        case .tooLong: "the line is longer than \(INIDocument.longestLine) bytes"
        case .openBracket: "the section's name is not closed with ']'"
        case .textAfterSection: "there is text after the section's ']'"
        case .noEntry: "this is neither '[section]', nor 'key = value', nor a comment, which begins with ';' or '#'"
        case .noKey: "there is no key before the '='"
        case .noSection: "the key stands before the first '[section]'"
        case .controlCharacter: "there is a control character"
        case .notUTF8: "there is a character that is not UTF-8"
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func trimmingBlanks() -> Self {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return []
        }
        return self[first...last]
    }
}

/// A value as it stands behind the `=`, without the blanks around it, and the three ways of reading it.
///
/// Commands contain `;`, `#`, `=` and quotes that are the shell's affair, a number contains none of them: so the kind
/// of the key decides, not the look of the value.
package struct INIValue: Sendable, Equatable {
    /// Exactly what stands there: for commands.
    package let verbatim: String

    init(_ text: String) { verbatim = text }

    /// Without the quotes that wrap the whole of it: for texts that may contain anything, as a password.
    ///
    /// Quotes wrap when the same quote stands at both ends and nowhere between.
    package var unquoted: String { wrapped ?? verbatim }

    /// Without a comment behind it and without quotes around it: for numbers, words, names and paths.
    ///
    /// The comment begins at a `;` or `#` behind a blank. What stands in quotes is kept as it is.
    package var word: String {
        if let quoted = quotedStart, Self.isCommentOrEmpty(quoted.rest) { return quoted.text }
        return INIValue(Self.trimmedAtComment(verbatim)).unquoted
    }

    /// What the quotes that wrap the whole value hold; nil where there are none.
    var wrapped: String? {
        guard let quoted = quotedStart, quoted.rest.isEmpty else { return nil }
        return quoted.text
    }

    /// The quoted text that the value begins with, and what follows its closing quote.
    private var quotedStart: (text: String, rest: Substring)? {
        guard let quote = verbatim.first, quote == "\"" || quote == "'" else { return nil }
        let inner = verbatim.dropFirst()
        guard let end = inner.firstIndex(of: quote) else { return nil }
        return (String(inner[..<end]), inner[inner.index(after: end)...])
    }

    private static func isCommentOrEmpty(_ text: Substring) -> Bool {
        guard let first = text.first else { return true }
        return isBlank(first) && trimmedAtComment(String(text)).allSatisfy(isBlank)
    }

    /// The text before a comment, without the blanks between.
    private static func trimmedAtComment(_ text: String) -> String {
        var kept = text[...]
        if let start = text.indices.first(where: { beginsComment(at: $0, in: text) }) { kept = text[..<start] }
        while let last = kept.last, isBlank(last) { kept.removeLast() }
        return String(kept)
    }

    private static func beginsComment(at index: String.Index, in text: String) -> Bool {
        guard text[index] == ";" || text[index] == "#" else { return false }
        return index == text.startIndex || isBlank(text[text.index(before: index)])
    }

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
}
