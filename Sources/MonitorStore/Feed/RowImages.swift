/// The rows of a row event: of each the values before or after a change, as far as they were logged.
struct RowImages {
    private let columns: [ColumnType]
    private let isUpdate: Bool
    /// The columns that an image has, in what was there before and what is there now.
    private let before: BitSlice
    private let after: BitSlice
    private let rows: ByteReader

    /// Reads the head of a row event's body, from the table's id on.
    ///
    /// - Parameters:
    ///   - columns: as the table map has them.
    ///   - version: 2 has a length and, perhaps, further data in its head.
    /// - Returns: nil where it does not fit together.
    init?(_ reader: inout ByteReader, columns: [ColumnType], isUpdate: Bool, version: Int) {
        guard reader.skip(8) != nil else { return nil }  // the table's id, flags
        if version == 2 {
            guard let length = reader.integer(bytes: 2), reader.skip(length - 2) != nil else { return nil }
        }
        guard let width = reader.packedLength(), width == columns.count, let first = reader.bits(width),
            let second = isUpdate ? reader.bits(width) : first
        else { return nil }
        self.columns = columns
        self.isUpdate = isUpdate
        before = first
        after = second
        rows = reader
    }

    /// Whether a row has a number other than 0 in a column now; nil where that can't be told.
    func raise(columnAt index: Int) -> Bool? {
        var reader = rows
        while !reader.rest.isEmpty {
            let length = reader.rest.count
            if isUpdate, image(before, &reader, value: index) == nil { return nil }
            guard let value = image(after, &reader, value: index), reader.rest.count < length else { return nil }
            switch value {
            case .number(0), .null: break
            // Not logged: an update did not change it, a new row has its default, whatever that is.
            case .missing: if !isUpdate { return nil }
            case .number: return true
            case .other: return nil
            }
        }
        return false
    }

    private enum Value {
        case missing, null, other
        case number(UInt64)
    }

    /// Takes the image of a row.
    ///
    /// - Returns: its value at `index`; nil where the image is cut off.
    private func image(_ present: BitSlice, _ reader: inout ByteReader, value index: Int) -> Value? {
        let logged = columns.indices.filter { present[$0] }
        guard let nulls = reader.bits(logged.count) else { return nil }
        var found = Value.missing
        for (place, column) in logged.enumerated() {
            if nulls[place] {
                if column == index { found = .null }
                continue
            }
            guard let bytes = columns[column].value(from: &reader) else { return nil }
            guard column == index else { continue }
            if case .integer = columns[column] {
                found = .number(bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
            } else {
                found = .other
            }
        }
        return found
    }
}
