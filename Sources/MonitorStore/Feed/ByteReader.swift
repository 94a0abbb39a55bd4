/// Reads numbers and texts from bytes that can't be trusted: what is not there is nil, never out of bounds.
struct ByteReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func skip(_ count: Int) -> Void? { take(count).map { _ in } }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func byte() -> UInt8? { rest.popFirst() }

    /// An unsigned number of up to seven bytes, the lowest first.
    mutating func integer(bytes count: Int) -> Int? {
        take(count).map { $0.reversed().reduce(0) { $0 << 8 | Int($1) } }
    }

    /// A text with its length, in a byte, before it and a zero behind it.
    mutating func name() -> ArraySlice<UInt8>? {
        guard let length = byte(), let text = take(Int(length)), byte() == 0 else { return nil }
        return text
    }
}

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
