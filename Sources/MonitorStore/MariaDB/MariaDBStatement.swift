internal import CMariaDB
internal import MonitorCore

/// A prepared statement with the memory that its rows arrive in.
///
/// Methods return false on failure, which ``errorNumber`` and ``errorMessage`` tell of.
final class MariaDBStatement {
    private let pointer: UnsafeMutablePointer<MYSQL_STMT>
    private var columns: [MariaDBColumn] = []

    init(_ handle: borrowing MariaDBHandle) throws(SQLError) {
        guard let pointer = connector.mysql_stmt_init(handle.pointer) else {
            throw SQLError(.rejected, reason: "no memory left for a statement")
        }
        self.pointer = pointer
    }

    // Also right after the connection was closed: that leaves its statements without one.
    deinit { _ = connector.mysql_stmt_close(pointer) }

    var errorNumber: UInt32 { connector.mysql_stmt_errno(pointer) }
    var errorMessage: String { connector.mysql_stmt_error(pointer).map { String(cString: $0) } ?? "" }

    /// What the last execution has changed; none where it has read.
    var affectedRows: Int { columns.isEmpty ? Int(clamping: connector.mysql_stmt_affected_rows(pointer)) : 0 }

    func prepare(_ sql: String) -> Bool {
        connector.mysql_stmt_prepare(pointer, sql, UInt(sql.utf8.count)) == 0 && bindColumns()
    }

    /// Makes memory for the columns of the result, where the server has told which they are.
    private func bindColumns() -> Bool {
        guard let metadata = connector.mysql_stmt_result_metadata(pointer) else { return true }
        defer { connector.mysql_free_result(metadata) }
        let count = Int(connector.mysql_num_fields(metadata))
        columns = (0..<count).map {
            MariaDBColumn(type: connector.mysql_fetch_field_direct(metadata, UInt32($0))!.pointee.type)
        }
        // The connector copies these; what they point to belongs to the columns.
        var binds = columns.map(\.bind)
        return connector.mysql_stmt_bind_result(pointer, &binds) == 0
    }

    /// Executes it; each row is handed over as it is read.
    func execute(_ parameters: [SQLValue], row: ([SQLValue]) -> Void) -> Bool {
        precondition(
            parameters.count == connector.mysql_stmt_param_count(pointer), "parameters do not match the statement")
        let bound = MariaDBParameters(parameters)
        guard parameters.isEmpty || connector.mysql_stmt_bind_param(pointer, bound.binds.baseAddress) == 0,
            connector.mysql_stmt_execute(pointer) == 0,
            // MySQL tells the columns of some statements (SHOW BINARY LOG STATUS, SHOW GRANTS) only now.
            !columns.isEmpty || bindColumns()
        else { return false }
        guard !columns.isEmpty else { return true }
        // Freed only where all went well: that wipes out the reason of a failure.
        guard connector.mysql_stmt_store_result(pointer) == 0, fetch(row) else { return false }
        _ = connector.mysql_stmt_free_result(pointer)
        return true
    }

    private func fetch(_ row: ([SQLValue]) -> Void) -> Bool {
        while true {
            switch connector.mysql_stmt_fetch(pointer) {
            // Truncated: a text was longer than its column's memory, and is fetched again.
            case 0, MYSQL_DATA_TRUNCATED:
                row(columns.indices.map { columns[$0].value(at: UInt32($0), of: pointer) })
            case MYSQL_NO_DATA: return true
            default: return false
            }
        }
    }
}

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

/// The parameters of one execution, in memory of their own that stays where it is until the end of it.
struct MariaDBParameters: ~Copyable {
    let binds: UnsafeMutableBufferPointer<MYSQL_BIND>

    init(_ values: [SQLValue]) {
        binds = .allocate(capacity: values.count)
        _ = binds.initialize(fromContentsOf: values.map(MYSQL_BIND.init(holding:)))
    }

    deinit {
        for bind in binds { bind.buffer?.deallocate() }
        binds.deallocate()
    }
}

extension MYSQL_BIND {
    /// Holds a copy of the value, which is to be deallocated.
    fileprivate init(holding value: SQLValue) {
        self.init()
        switch value {
        case .null:
            buffer_type = MYSQL_TYPE_NULL
        case .integer(let integer):
            buffer_type = MYSQL_TYPE_LONGLONG
            (buffer, buffer_length) = withUnsafeBytes(of: integer, Self.copy)
        case .text(var text):
            buffer_type = MYSQL_TYPE_STRING
            (buffer, buffer_length) = text.withUTF8 { Self.copy(UnsafeRawBufferPointer($0)) }
        }
    }

    private static func copy(_ bytes: UnsafeRawBufferPointer) -> (UnsafeMutableRawPointer?, UInt) {
        // One byte at least: the connector takes no memory for no value.
        let copy = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(1, bytes.count), alignment: MemoryLayout<Int64>.alignment)
        copy.copyMemory(from: bytes)
        return (copy.baseAddress, UInt(bytes.count))
    }
}
