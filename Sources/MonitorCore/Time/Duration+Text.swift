extension Duration {
    /// Reads a duration as it is written in the configuration file and on command lines.
    ///
    /// A number of seconds, or a number with one of the suffixes `ms`, `s`, `min`, `h`, `d`. It may have a fraction of
    /// up to nine digits: `10`, `0.5`, `500ms`, `1.5h`.
    ///
    /// - Throws: ``InvalidDuration``, which describes the form.
    package init(parsing text: String) throws(InvalidDuration) {
        let suffixStart = text.firstIndex { $0 != "." && !$0.isASCIIDigit } ?? text.endIndex
        let suffix = text[suffixStart...]
        guard let unit = suffix.isEmpty ? 1000 : Self.units.first(where: { $0.suffix == suffix })?.milliseconds,
            let nanoseconds = Self.billionths(in: text[..<suffixStart])
                .flatMap({ Int64(exactly: $0 * Int128(unit) / 1000) })
        else { throw InvalidDuration(text) }
        self = .nanoseconds(nanoseconds)
    }

    /// The duration in the largest unit that it is a whole number of, as ``init(parsing:)`` reads it back: `500ms`,
    /// `90s`, `5min`, `1d`. Anything finer than a millisecond is rounded.
    package var written: String {
        let length = wholeMilliseconds
        let unit = Self.units.last { length.isMultiple(of: $0.milliseconds) && length != 0 } ?? Self.units[1]
        return "\(length / unit.milliseconds)\(unit.suffix)"
    }

    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// The number in billionths: `1.5` is 1,500,000,000. Nil when it is no number, or too long a one.
    private static func billionths(in text: Substring) -> Int128? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, let number = Int64(whole) else { return nil }
        guard parts.count == 2 else { return Int128(number) * 1_000_000_000 }
        guard parts[1].count <= 9, let fraction = Int64(parts[1].padded(to: 9)) else { return nil }
        return Int128(number) * 1_000_000_000 + Int128(fraction)
    }
}

extension Substring {
    /// The digits of a fraction with zeros behind them; an empty fraction stays empty, which is no number.
    fileprivate func padded(to count: Int) -> String {
        isEmpty ? "" : self + String(repeating: "0", count: count - self.count)
    }
}

/// A text that is no duration.
package struct InvalidDuration: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text, safe to print.
    package let printable: String

    init(_ text: String) { printable = text.escapedForDisplay(limit: 40) }

    package var description: String {
        "'\(printable)' is not a duration: write 500ms, 10s, 5min, 2h, 1d, or a number of seconds"
    }
}
