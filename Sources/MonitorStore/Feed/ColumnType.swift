/// How a column's values stand in the row events of a binary log.
///
/// The numbers are those of `enum_field_types`; sizes and metadata as in MariaDB's `sql/log_event.cc` and MySQL's
/// "Replication protocol" (table map event, rows event).
enum ColumnType: Equatable {
    /// So many bytes, an integer.
    case integer(bytes: Int)
    /// So many bytes, of no meaning here.
    case fixed(bytes: Int)
    /// A length, itself of so many bytes, and so many bytes of value.
    case counted(lengthBytes: Int)

    /// Reads what a table map says of a column: its type, and the type's metadata, which are taken from `metadata`.
    ///
    /// - Returns: nil for a type that is not known, after which nothing in `metadata` can be told apart any more.
    init?(_ type: UInt8, metadata: inout ByteReader) {
        switch type {
        case 1: self = .integer(bytes: 1)  // TINY
        case 2: self = .integer(bytes: 2)  // SHORT
        case 9: self = .integer(bytes: 3)  // INT24
        case 3: self = .integer(bytes: 4)  // LONG
        case 8: self = .integer(bytes: 8)  // LONGLONG
        case 6: self = .fixed(bytes: 0)  // NULL
        case 13: self = .fixed(bytes: 1)  // YEAR
        case 10, 14, 11: self = .fixed(bytes: 3)  // DATE, NEWDATE, TIME
        case 7: self = .fixed(bytes: 4)  // TIMESTAMP
        case 12: self = .fixed(bytes: 8)  // DATETIME
        default: self.init(withMetadata: type, &metadata)
        }
    }

    private init?(withMetadata type: UInt8, _ metadata: inout ByteReader) {
        guard let first = metadata.byte() else { return nil }
        switch type {
        case 4, 5: self = .fixed(bytes: Int(first))  // FLOAT, DOUBLE
        case 17: self = .fixed(bytes: 4 + (Int(first) + 1) / 2)  // TIMESTAMP2
        case 18: self = .fixed(bytes: 5 + (Int(first) + 1) / 2)  // DATETIME2
        case 19: self = .fixed(bytes: 3 + (Int(first) + 1) / 2)  // TIME2
        case 249...252, 245, 255, 140, 242: self = .counted(lengthBytes: Int(first))  // BLOBs, JSON, GEOMETRY, VECTOR
        default:
            guard let second = metadata.byte() else { return nil }
            self.init(type, Int(first), Int(second))
        }
    }

    /// Of a type whose metadata is two bytes.
    private init?(_ type: UInt8, _ first: Int, _ second: Int) {
        switch type {
        case 15, 253, 141: self = .counted(lengthBytes: second > 0 ? 2 : 1)  // VARCHAR, by its longest value
        case 16: self = .fixed(bytes: second + (first > 0 ? 1 : 0))  // BIT: the odd bits, whole bytes
        case 246: self = .fixed(bytes: Self.decimalBytes(precision: first, scale: second))  // NEWDECIMAL
        case 254:  // STRING, also ENUM and SET; two bits of a long one's length are in the byte of its type
            if first == 247 || first == 248 {
                self = .fixed(bytes: second)
            } else {
                self = .counted(lengthBytes: first & 0x30 == 0x30 ? 1 : 2)
            }
        default: return nil
        }
    }

    /// Nine digits are in four bytes, the rest of either side of the point in fewer.
    private static func decimalBytes(precision: Int, scale: Int) -> Int {
        let bytes = [0, 1, 1, 2, 2, 3, 3, 4, 4]
        let whole = max(0, precision - scale)
        return whole / 9 * 4 + bytes[whole % 9] + scale / 9 * 4 + bytes[scale % 9]
    }

    /// Takes a value from a row.
    ///
    /// - Returns: nil where the row is too short for it.
    func value(from row: inout ByteReader) -> ArraySlice<UInt8>? {
        switch self {
        case .integer(let bytes), .fixed(let bytes): row.take(bytes)
        case .counted(let lengthBytes):
            (1...4).contains(lengthBytes) ? row.integer(bytes: lengthBytes).flatMap { row.take($0) } : nil
        }
    }
}
