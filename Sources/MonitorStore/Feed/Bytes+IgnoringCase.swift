extension UInt8 {
    /// The lower case of a letter of ASCII.
    var lowercased: UInt8 { (65...90).contains(self) ? self + 32 : self }
}

extension ArraySlice<UInt8> {
    /// `text` is in lower case.
    func isSame(as text: [UInt8]) -> Bool { count == text.count && startsIgnoringCase(with: text) }

    private func startsIgnoringCase(with text: [UInt8]) -> Bool {
        zip(self, text).allSatisfy { $0.lowercased == $1 }
    }

    /// Whether a text, given in lower case, occurs in whatever case.
    func mentions(_ text: [UInt8]) -> Bool {
        guard let first = text.first, count >= text.count else { return false }
        return indices.dropLast(text.count - 1).contains { index in
            self[index].lowercased == first && self[index...].startsIgnoringCase(with: text)
        }
    }
}
