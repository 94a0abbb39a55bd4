extension String {
    /// The text with control and format characters escaped, for a log line or a terminal.
    ///
    /// Newlines, terminal escapes, NUL, bidirectional overrides and the like become `\u{…}`; ordinary text, emoji and
    /// wide characters stay as they are.
    ///
    /// - Parameter limit: the most characters to keep; a cut is marked with `…`, which is one of them.
    package func escapedForDisplay(limit: Int = .max) -> String {
        if isPrintableASCII, utf8.count <= limit { return self }
        var shown = ""
        var count = 0
        for scalar in unicodeScalars {
            // The rest would be cut off: a text of megabytes costs no more than a short one.
            guard count <= limit else { break }
            // The joiner of emoji is a format character that is part of what is seen.
            if scalar.isUnsafeToDisplay, scalar.value != 0x200D {
                let escaped = "\\u{\(String(scalar.value, radix: 16))}"
                shown += escaped
                count += escaped.utf8.count
            } else {
                shown.unicodeScalars.append(scalar)
                count += 1
            }
        }
        return shown.cut(toCharacters: limit)
    }

    /// Whether there is nothing but ordinary characters of ASCII in it: then each is one byte, and one column wide. Most
    /// texts are so, and this takes far less time than to ask Unicode of each character.
    package var isPrintableASCII: Bool {
        func isPrintable(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7F }
        // Fast path over contiguous UTF-8.
        return utf8.withContiguousStorageIfAvailable { $0.allSatisfy(isPrintable) } ?? utf8.allSatisfy(isPrintable)
    }

    /// The text cut to at most `limit` Unicode scalars on a character boundary, the last one an `…` where it was cut.
    ///
    /// Scalars are what a `VARCHAR(100)` of MySQL counts.
    package func cut(toCharacters limit: Int) -> String {
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

extension String {
    /// The text as a string of JSON (RFC 8259), in quotes.
    ///
    /// What a terminal may obey is escaped too: people look at JSON with `cat`.
    package var quotedAsJSON: String {
        var quoted = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            // Twice (a surrogate pair) beyond the basic plane.
            case _ where scalar.isUnsafeToDisplay: quoted += scalar.utf16.map(Self.unicodeEscape).joined()
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

extension Unicode.Scalar {
    /// Whether a terminal may obey it, or shows nothing for it.
    package var isUnsafeToDisplay: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: true
        default: false
        }
    }
}
