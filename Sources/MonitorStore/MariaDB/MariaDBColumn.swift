internal import CMariaDB

/// The memory that one column of a result arrives in: an integer, or a text up to a length that few exceed.
final class MariaDBColumn {
    private static let textCapacity = 512

    private let isInteger: Bool
    /// Its bytes are a number, the highest first.
    private let isBits: Bool
    private let buffer: UnsafeMutableRawBufferPointer
    private let length = UnsafeMutablePointer<UInt>.allocate(capacity: 1)
    private let isNull = UnsafeMutablePointer<my_bool>.allocate(capacity: 1)
    private let isTruncated = UnsafeMutablePointer<my_bool>.allocate(capacity: 1)

    init(type: enum_field_types) {
        isBits = type == MYSQL_TYPE_BIT
        switch type {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG:
            isInteger = true
        default:
            isInteger = false
        }
        buffer = .allocate(
            byteCount: isInteger ? MemoryLayout<Int64>.size : Self.textCapacity,
            alignment: MemoryLayout<Int64>.alignment)
        length.initialize(to: 0)
        isNull.initialize(to: 0)
        isTruncated.initialize(to: 0)
    }

    deinit {
        buffer.deallocate()
        length.deallocate()
        isNull.deallocate()
        isTruncated.deallocate()
    }

    var bind: MYSQL_BIND {
        var bind = MYSQL_BIND()
        bind.buffer_type = isInteger ? MYSQL_TYPE_LONGLONG : MYSQL_TYPE_STRING
        bind.buffer = buffer.baseAddress
        bind.buffer_length = UInt(buffer.count)
        bind.length = length
        bind.is_null = isNull
        bind.error = isTruncated
        return bind
    }

    /// The value in the row that was fetched last; this column is the one at `index`.
    func value(at index: UInt32, of statement: UnsafeMutablePointer<MYSQL_STMT>) -> SQLValue {
        guard isNull.pointee == 0 else { return .null }
        if isInteger { return .integer(buffer.load(as: Int64.self)) }
        let length = Int(length.pointee)
        if isBits { return .integer(buffer.prefix(min(length, 8)).reduce(0) { $0 << 8 | Int64($1) }) }
        guard length > buffer.count else { return .text(String(decoding: buffer.prefix(length), as: UTF8.self)) }
        return .text(longText(ofLength: length, at: index, of: statement))
    }

    private func longText(
        ofLength length: Int, at index: UInt32, of statement: UnsafeMutablePointer<MYSQL_STMT>
    ) -> String {
        let whole = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 1)
        defer { whole.deallocate() }
        var bind = bind
        bind.buffer = whole.baseAddress
        bind.buffer_length = UInt(length)
        // Can't fail: the row is in memory, and the column exists.
        _ = connector.mysql_stmt_fetch_column(statement, &bind, index, 0)
        return String(decoding: whole, as: UTF8.self)
    }
}
