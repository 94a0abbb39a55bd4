internal import CSQLite
internal import MonitorCore

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
