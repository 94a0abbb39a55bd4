internal import MonitorCore

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
