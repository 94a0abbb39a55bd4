internal import CSQLite
internal import MonitorCore

/// A connection to a database in a file, through libsqlite3.
///
/// The only wait is that for the lock of another connection: at most the query timeout.
package final class SQLiteConnection: SQLConnection {
    package let dialect = SQLDialect.sqlite
    package let server: String
    package private(set) var statementsAnswered = 0

    private let handle: SQLiteHandle
    private var statements: [String: SQLiteStatement] = [:]

    /// Opens the file.
    ///
    /// - Parameter creates: it is created, for its owner alone, where it is missing.
    package init(path: String, queryTimeout: Duration, creates: Bool = true) throws(SQLError) {
        if creates { try SQLiteFile.create(path) } else { try SQLiteFile.require(path) }
        handle = try SQLiteHandle(path: path)
        server = "SQLite \(String(cString: sqlite3_libversion())) at \(path)"
        sqlite3_busy_timeout(handle.pointer, Int32(clamping: max(1, queryTimeout.wholeMilliseconds)))
        // Readers and the writer don't wait for each other.
        _ = try scalar("PRAGMA journal_mode = WAL")
        // A result that was reported as written must survive a power cut; NORMAL would lose the last ones.
        try run("PRAGMA synchronous = FULL")
        try run("PRAGMA foreign_keys = ON")
    }

    package func statements(granting grants: [Grants.Grant]) -> [String] { [] }

    package func run(_ sql: String) throws(SQLError) {
        try requireFileInPlace()
        guard sqlite3_exec(handle.pointer, sql, nil, nil, nil) == SQLITE_OK else {
            throw SQLError(sqlite: handle.pointer)
        }
        statementsAnswered += 1
    }

    package func prepare(_ sql: String) throws(SQLError) {
        _ = try statement(sql, keeps: true)
    }

    package func execute(
        _ sql: String, _ parameters: [SQLValue], keeps: Bool, row: ([SQLValue]) -> Void
    ) throws(SQLError) -> Int {
        try requireFileInPlace()
        let affectedRows = try statement(sql, keeps: keeps).execute(parameters, row: row)
        statementsAnswered += 1
        return affectedRows
    }

    private func statement(_ sql: String, keeps: Bool) throws(SQLError) -> SQLiteStatement {
        if let known = statements[sql] { return known }
        let statement = try SQLiteStatement(sql, handle, isKept: keeps)
        if keeps { statements[sql] = statement }
        return statement
    }

    /// A file that was removed or replaced is still there for this connection, but no application writes alarms to it.
    private func requireFileInPlace() throws(SQLError) {
        var hasMoved: Int32 = 0
        let status = sqlite3_file_control(handle.pointer, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved)
        guard status != SQLITE_OK || hasMoved == 0 else {
            throw SQLError(.unreachable, reason: "the file was moved or removed", endsConnection: true)
        }
    }
}
