import MonitorStore

extension FuzzTarget {
    /// The binary log of a database server: rows, and events, each behind a byte with its length.
    static let binaryLog = FuzzTarget(name: "binary-log") { (bytes) throws(BrokenInvariant) in
        try checkRows(bytes)
        // Whatever comes, in a slice of more and by itself, is understood the same.
        var (slices, copies) = (decoder, decoder)
        var rest = bytes[...]
        while let length = rest.popFirst() {
            let event = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
            let isPoll = slices.take(event)
            try demand(isPoll || event.count >= 19, "an event that is cut off calls for a poll")
            try demand(copies.take(Array(event)[...]) == isPoll, "the same event is the same")
        }
    }

    /// Rows, of our table or of another, whatever is in them.
    private static func checkRows(_ bytes: [UInt8]) throws(BrokenInvariant) {
        guard let first = bytes.first else { return }
        var decoder = decoder
        let isOurs = first % 2 == 0
        let type = ([23, 24, 30, 31] as [UInt8])[Int(first) / 2 % 4]
        let body = (isOurs ? tableID : otherTableID) + bytes.dropFirst()
        try demand(!decoder.take(event(type, body)[...]), "a row waits for its transaction's end")
        let isPoll = decoder.take(event(16, [UInt8](repeating: 0, count: 8))[...])
        try demand(isPoll == isOurs, "rows of table \(body.prefix(6))")
    }

    /// One that has seen the beginning of the log and the description of our table.
    private static let decoder: BinlogDecoder = {
        var decoder = BinlogDecoder(schema: "s", table: "t")
        // Then the names, each with its length and a zero, and what the columns are.
        _ = decoder.take(event(15, [UInt8](repeating: 0, count: 64))[...])
        let names = [1, UInt8(ascii: "s"), 0, 1, UInt8(ascii: "t"), 0]
        _ = decoder.take(event(19, tableID + names + [3, 15, 1, 252, 3, 44, 1, 2, 0b101])[...])
        return decoder
    }()

    /// The table's number, and two bytes of flags.
    private static let tableID: [UInt8] = [7, 0, 0, 0, 0, 0, 1, 0]
    private static let otherTableID: [UInt8] = [8, 0, 0, 0, 0, 0, 1, 0]

    private static func event(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
        [0, 0, 0, 0, type] + [UInt8](repeating: 0, count: 14) + body
    }
}
