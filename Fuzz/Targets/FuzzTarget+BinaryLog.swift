import MonitorStore

extension FuzzTarget {
    /// The binary log of a database server: values of one row, and events, each behind a byte with its length.
    static let binaryLog = FuzzTarget(name: "binary-log") { (bytes) throws(BrokenInvariant) in
        try checkRow(of: bytes)
        // Whatever comes, in a slice of more and by itself, is understood the same.
        var (slices, copies) = (decoder, decoder)
        var rest = bytes[...]
        while let length = rest.popFirst() {
            let event = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
            let isLook = slices.take(event)
            try demand(isLook || event.count >= 19, "an event that is cut off calls for a look")
            try demand(copies.take(Array(event)[...]) == isLook, "the same event is the same")
            try demand(copies.needsColumn == slices.needsColumn, "the same event is the same")
        }
    }

    /// A row of our table: a text, `alarma`, another text.
    private static func checkRow(of bytes: [UInt8]) throws(BrokenInvariant) {
        guard bytes.count > 2 else { return }
        let (alarm, kind) = (bytes[0] % 2, bytes[1])
        let texts = Array(bytes[2...]).parts(dividedBy: 0xFF, atMost: 2)
        let (first, last) = (Array(texts[0].prefix(300)), Array((texts.count > 1 ? texts[1] : []).prefix(60000)))
        var decoder = decoder
        // A NULL is a bit that is set, and no value; the bits 0 and 2 are those of the texts.
        let nulls = kind & 0b101
        let row =
            [nulls] + (nulls & 1 == 0 ? counted(first) : []) + [alarm] + (nulls & 4 == 0 ? counted(last) : [])
        let isUpdate = kind & 2 != 0
        // All columns are logged; an update has an image of before, in which the alarm was another.
        let before = [0b101, 1 - alarm] as [UInt8]
        let body = tableID + [3, 0b111] + (isUpdate ? [0b111] + before + row : row)
        try demand(!decoder.take(event(isUpdate ? 24 : 23, body)[...]), "a row waits for its transaction's end")
        let isLook = decoder.take(event(16, [UInt8](repeating: 0, count: 8))[...])
        try demand(isLook == (alarm == 1), "alarma = \(alarm) beside \(first) and \(last)")
    }

    /// One that has seen the beginning of the log and the description of our table.
    private static let decoder: BinlogDecoder = {
        var decoder = BinlogDecoder(schema: "s", table: "t", column: .init(index: 1, count: 3))
        // No checksums; then the names, each with its length and a zero, and VARCHAR(300), TINY, BLOB of two bytes.
        _ = decoder.take(event(15, [UInt8](repeating: 0, count: 64))[...])
        let names = [1, UInt8(ascii: "s"), 0, 1, UInt8(ascii: "t"), 0]
        _ = decoder.take(event(19, tableID + names + [3, 15, 1, 252, 3, 44, 1, 2, 0b101])[...])
        return decoder
    }()

    /// The table's number, and two bytes of flags.
    private static let tableID: [UInt8] = [7, 0, 0, 0, 0, 0, 1, 0]

    private static func counted(_ text: [UInt8]) -> [UInt8] {
        [UInt8(text.count & 0xFF), UInt8(text.count >> 8)] + text
    }

    private static func event(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
        [0, 0, 0, 0, type] + [UInt8](repeating: 0, count: 14) + body
    }
}
