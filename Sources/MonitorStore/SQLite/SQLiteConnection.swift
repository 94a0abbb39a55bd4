internal import CSQLite
internal import Glibc
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

/// A connection handle of libsqlite3, closed when it goes.
struct SQLiteHandle: ~Copyable {
    let pointer: OpaquePointer

    /// Opens a file that exists.
    init(path: String) throws(SQLError) {
        var opened: OpaquePointer?
        // One caller at a time is what SQLConnection asks for, so the library needs no lock of its own.
        let status = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        guard status == SQLITE_OK, let opened else {
            // There is a handle that tells why, but for want of memory.
            defer { sqlite3_close_v2(opened) }
            throw opened.map(SQLError.init(sqlite:)) ?? SQLError(.rejected, reason: "no memory left for a connection")
        }
        pointer = opened
    }

    // "v2": a statement that is still there keeps the connection until it goes.
    deinit { sqlite3_close_v2(pointer) }
}

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

/// The file of an embedded store.
enum SQLiteFile {
    /// Makes the file, and the directories above it, where they are missing.
    ///
    /// The library would create the file readable for all; the files beside it (`-wal`, `-shm`) get its mode from it.
    static func create(_ path: String) throws(SQLError) {
        try createDirectory(of: path)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open '\(path)'", errno) }
        Glibc.close(descriptor)
    }

    /// Demands the file that was there: an empty one in its place would hold no alarm, and say nothing of it.
    static func require(_ path: String) throws(SQLError) {
        guard access(path, F_OK) != 0, errno == ENOENT else { return }
        throw SQLError(
            .unreachable, reason: "'\(path)' is gone; put it back, or make a new one with 'monitorctl init'",
            endsConnection: true)
    }

    private static func createDirectory(of path: String) throws(SQLError) {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        let directory = String(path[..<slash])
        guard access(directory, F_OK) != 0 else { return }
        try createDirectory(of: directory)
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            throw failure("create directory '\(directory)'", errno)
        }
    }

    private static func failure(_ doing: String, _ number: Int32) -> SQLError {
        let code: StoreError.Code =
            switch number {
            case EACCES, EPERM: .denied
            case EROFS, ENOSPC, EDQUOT: .unwritable
            default: .unreachable
            }
        return SQLError(
            code, number: number, reason: "cannot \(doing): \(String(cString: strerror(number)))", endsConnection: true)
    }
}

extension SQLError {
    /// The error that libsqlite3 gave last on a connection, with the remedy where there is one.
    init(sqlite connection: OpaquePointer) {
        let extended = sqlite3_extended_errcode(connection)
        let message = String(cString: sqlite3_errmsg(connection)).escapedForDisplay(limit: 300)
        let said = "\(message) (\(extended))"
        switch extended & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED:
            self.init(.busy, number: extended, reason: "another program holds the lock: \(said)")
        case SQLITE_CONSTRAINT where Self.isDuplicate(extended):
            self.init(.duplicate, number: extended, reason: "a row with that key exists already (\(extended))")
        case SQLITE_PERM, SQLITE_AUTH:
            self.init(.denied, number: extended, reason: said, endsConnection: true)
        case SQLITE_READONLY:
            self.init(.unwritable, number: extended, reason: "the file is read-only: \(said)", endsConnection: true)
        case SQLITE_FULL:
            self.init(.unwritable, number: extended, reason: "the disk is full: \(said)")
        case SQLITE_IOERR:
            self.init(
                .unwritable, number: extended, reason: "the file can't be read or written: \(said)",
                endsConnection: true)
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            self.init(
                .unwritable, number: extended,
                reason: "the file is damaged or no database: \(said); move it away and run 'monitorctl init'",
                endsConnection: true)
        case SQLITE_CANTOPEN:
            self.init(.unreachable, number: extended, reason: said, endsConnection: true)
        case SQLITE_ERROR, SQLITE_SCHEMA:
            // The library has no number of its own for a missing table or column.
            if message.hasPrefix("no such column") {
                let remedy = TableNames.remedy(forMissingColumn: message)
                self.init(.schema, number: extended, reason: "\(said); \(remedy)")
            } else if message.hasPrefix("no such ") {
                self.init(.schema, number: extended, reason: "\(said); 'monitorctl init' creates the tables")
            } else {
                self.init(.rejected, number: extended, reason: said)
            }
        default:
            self.init(.rejected, number: extended, reason: said)
        }
    }

    private static func isDuplicate(_ extended: Int32) -> Bool {
        // `SQLITE_CONSTRAINT_PRIMARYKEY`, `…_UNIQUE` and `…_ROWID`, computed macros that Swift can't import.
        [6, 8, 10].contains(extended >> 8)
    }
}
