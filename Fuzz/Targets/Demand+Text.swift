/// Demands that a text can do nothing to a terminal or to a file of lines.
///
/// Told from Unicode's own tables once more, so that a mistake in the product's is found.
func demandHarmless(_ text: String, _ what: @autoclosure () -> String) throws(BrokenInvariant) {
    for scalar in text.unicodeScalars {
        // ASCII that is printed: nearly all there is.
        if (0x20..<0x7F).contains(scalar.value) { continue }
        // The joiner of emoji is seen as a part of what it joins.
        if scalar.value == 0x200D { continue }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            throw BrokenInvariant("\(what()) has U+\(String(scalar.value, radix: 16)) in it: \(text.debugDescription)")
        default: break
        }
    }
}

/// Demands that a problem which a person is told is a phrase on one line.
func demandReadable(_ problem: String) throws(BrokenInvariant) {
    try demand(!problem.isEmpty, "a problem says something")
    try demandHarmless(problem, "a problem")
}

extension [UInt8] {
    /// The parts of an input that stands for several texts, divided by a byte.
    func parts(dividedBy byte: UInt8, atMost count: Int = .max) -> [[UInt8]] {
        split(separator: byte, maxSplits: count - 1, omittingEmptySubsequences: false).map(Array.init)
    }

    /// The bytes as a text; what is no UTF-8 is replaced.
    var decoded: String { String(decoding: self, as: UTF8.self) }
}
