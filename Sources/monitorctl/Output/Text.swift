internal import MonitorCore

/// How many columns of a terminal a text takes.
///
/// Wide are the characters that Unicode calls so (UAX #11, `East_Asian_Width` W and F) and those shown as emoji; a
/// combining mark takes none. A character of several scalars (a family, a flag) takes as much as its widest.
extension String {
    var displayWidth: Int { isPrintableASCII ? utf8.count : reduce(0) { $0 + $1.displayWidth } }

    /// The text cut to at most `width` columns, the last one an `…` where it was cut.
    func cut(toWidth width: Int) -> String {
        guard displayWidth > width else { return self }
        guard width > 0 else { return "" }
        return String(prefix(fitting: width - 1)) + "…"
    }

    /// The text with blanks after it, up to `width` columns.
    func padded(toWidth width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - displayWidth))
    }

    /// The text in lines of at most `width` columns, broken between words where that is possible.
    func wrapped(toWidth width: Int) -> [String] {
        let width = max(2, width)
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ").map(String.init) {
            if line.isEmpty {
                line = word
            } else if line.displayWidth + 1 + word.displayWidth <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = word
            }
            while line.displayWidth > width {
                let head = line.prefix(fitting: width)
                lines.append(String(head))
                line.removeFirst(head.count)
            }
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    private func prefix(fitting width: Int) -> Substring {
        var used = 0
        return prefix { character in
            used += character.displayWidth
            return used <= width
        }
    }
}

extension Character {
    var displayWidth: Int {
        // Asks a terminal for the emoji form of what would be a narrow sign: ❤ and ❤️.
        let emojiSelector: Unicode.Scalar = "\u{FE0F}"
        var widest = 0
        for scalar in unicodeScalars {
            if scalar == emojiSelector { return 2 }
            widest = max(widest, scalar.displayWidth)
        }
        return widest
    }
}

extension Unicode.Scalar {
    fileprivate var displayWidth: Int {
        if value < 0x300 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        return properties.isEmojiPresentation || Self.wideRanges.contains { $0.contains(value) } ? 2 : 1
    }

    /// `EastAsianWidth.txt` of Unicode 16, W and F, less the emoji that the standard library knows; neighbours are
    /// joined where only unassigned code points lie between them.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2630...0x2637, 0x268A...0x268F, 0x2E80...0x303E, 0x3041...0x3247,
        0x3250...0xA4C6, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B,
        0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FB, 0x1D300...0x1D376,
        0x1F200...0x1F265, 0x20000...0x3FFFD,
    ]
}

extension String {
    /// The text with each statement for the database that it ends with (`…; GRANT …; GRANT …`) on a line of its own and
    /// ended by a semicolon: a block to be pasted.
    var withStatementsBelow: String {
        let parts = split(separator: "; ", omittingEmptySubsequences: false).map(String.init)
        guard let first = parts.firstIndex(where: Self.isStatement), parts[first...].allSatisfy(Self.isStatement) else {
            return self
        }
        let text = parts[..<first].joined(separator: "; ")
        return ([text.isEmpty ? text : text + ":"] + parts[first...].map { $0 + ";" })
            .filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func isStatement(_ text: String) -> Bool {
        ["GRANT ", "ALTER TABLE ", "CREATE DATABASE "].contains { text.hasPrefix($0) }
    }
}

extension Sequence<String> {
    /// The text of these lines, each ended by a newline.
    var joinedLines: String {
        reduce(into: "") { text, line in
            text += line
            text += "\n"
        }
    }
}
