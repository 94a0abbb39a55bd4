internal import CSQLite
internal import MonitorCore

/// A prepared statement of libsqlite3.
final class SQLiteStatement {
    /// Tells the library to copy what is bound: `SQLITE_TRANSIENT`, a macro that Swift can't import.
    private static let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private let pointer: OpaquePointer
    private let connection: OpaquePointer

    init(_ sql: String, _ handle: borrowing SQLiteHandle, isKept: Bool) throws(SQLError) {
        connection = handle.pointer
        var prepared: OpaquePointer?
        let flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        guard sqlite3_prepare_v3(connection, sql, -1, flags, &prepared, nil) == SQLITE_OK, let prepared else {
            throw SQLError(sqlite: connection)
        }
        pointer = prepared
    }

    deinit { sqlite3_finalize(pointer) }

    /// - Returns: the affected rows.
    func execute(_ parameters: [SQLValue], row: ([SQLValue]) -> Void) throws(SQLError) -> Int {
        precondition(parameters.count == sqlite3_bind_parameter_count(pointer), "parameters do not match the statement")
        // A statement that is not reset holds its locks.
        defer { sqlite3_reset(pointer) }
        for (index, value) in parameters.enumerated() { try bind(value, at: Int32(index + 1)) }
        let columns = 0..<sqlite3_column_count(pointer)
        while true {
            switch sqlite3_step(pointer) {
            case SQLITE_ROW: row(columns.map(value))
            case SQLITE_DONE: return Int(sqlite3_changes(connection))
            default: throw SQLError(sqlite: connection)
            }
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) throws(SQLError) {
        let status: Int32
        switch value {
        case .null: status = sqlite3_bind_null(pointer, index)
        case .integer(let integer): status = sqlite3_bind_int64(pointer, index, integer)
        case .text(let text): status = sqlite3_bind_text(pointer, index, text, Int32(text.utf8.count), Self.copies)
        }
        guard status == SQLITE_OK else { throw SQLError(sqlite: connection) }
    }

    private func value(at index: Int32) -> SQLValue {
        switch sqlite3_column_type(pointer, index) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(pointer, index))
        case SQLITE_FLOAT:
            // What is no integer stays what it is, so that the row is found again by it.
            if let integer = Int64(exactly: sqlite3_column_double(pointer, index)) { return .integer(integer) }
            fallthrough
        default:
            let text = sqlite3_column_text(pointer, index)
            let bytes = UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(pointer, index)))
            return .text(String(decoding: bytes, as: UTF8.self))
        }
    }
}
