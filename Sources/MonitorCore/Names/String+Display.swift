extension String {
    /// The text with control and format characters escaped, for a log line or a terminal.
    ///
    /// Newlines, terminal escapes, NUL, bidirectional overrides and the like become `\u{…}`; ordinary text, emoji and
    /// wide characters stay as they are.
    ///
    /// - Parameter limit: the most characters to keep; a cut is marked with `…`, which is one of them.
    public func escapedForDisplay(limit: Int = .max) -> String {
        var shown = ""
        for scalar in unicodeScalars {
            // The joiner of emoji is a format character that is part of what is seen.
            if scalar.isUnsafeToDisplay, scalar.value != 0x200D {
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown.cut(toCharacters: limit)
    }

    /// The text cut to at most `limit` Unicode scalars on a character boundary, the last one an `…` where it was cut.
    ///
    /// Scalars are what a `VARCHAR(100)` of MySQL counts.
    public func cut(toCharacters limit: Int) -> String {
        guard unicodeScalars.count > limit else { return self }
        var kept = ""
        var room = limit - 1
        for character in self {
            let width = character.unicodeScalars.count
            guard width <= room else { break }
            room -= width
            kept.append(character)
        }
        return kept + "…"
    }
}

extension Unicode.Scalar {
    /// Whether a terminal may obey it, or shows nothing for it.
    var isUnsafeToDisplay: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: true
        default: false
        }
    }
}
