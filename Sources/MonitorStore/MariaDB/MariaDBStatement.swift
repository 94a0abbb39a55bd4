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
