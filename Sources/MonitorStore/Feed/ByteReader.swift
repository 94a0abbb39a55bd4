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

    /// A length as the protocol packs it: one byte, or a mark and two, three or eight bytes.
    mutating func packedLength() -> Int? {
        guard let first = byte() else { return nil }
        switch first {
        case 0xFC: return integer(bytes: 2)
        case 0xFD: return integer(bytes: 3)
        // Eight bytes can't be meant: nothing here is longer than four can tell. And 0xFB is NULL.
        case 0xFB, 0xFE, 0xFF: return nil
        default: return Int(first)
        }
    }

    /// A text with its length, in a byte, before it and a zero behind it.
    mutating func name() -> ArraySlice<UInt8>? {
        guard let length = byte(), let text = take(Int(length)), byte() == 0 else { return nil }
        return text
    }

    /// `count` flags, the first in the lowest bit.
    mutating func bits(_ count: Int) -> BitSlice? { take((count + 7) / 8).map(BitSlice.init) }
}

/// Flags, eight to a byte, the first in the lowest bit.
struct BitSlice {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Whether a flag is set; one that is not there is not.
    subscript(index: Int) -> Bool {
        let place = bytes.startIndex + index / 8
        return index >= 0 && place < bytes.endIndex && bytes[place] >> UInt8(index % 8) & 1 == 1
    }
}
