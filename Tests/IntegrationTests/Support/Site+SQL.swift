import CSQLite

extension Site {
    /// Runs a statement on the embedded database, as an application would, and gives its rows as texts.
    @discardableResult
    func sql(_ statement: String, _ arguments: String...) throws -> [[String?]] {
        var handle: OpaquePointer?
        defer { sqlite3_close(handle) }
        guard sqlite3_open(path("monitor.db"), &handle) == SQLITE_OK else { throw Failure("cannot open the database") }
        sqlite3_busy_timeout(handle, 10_000)
        var prepared: OpaquePointer?
        defer { sqlite3_finalize(prepared) }
        guard sqlite3_prepare_v2(handle, statement, -1, &prepared, nil) == SQLITE_OK else {
            throw Failure("cannot prepare '\(statement)': \(String(cString: sqlite3_errmsg(handle)))")
        }
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        for (index, argument) in arguments.enumerated() {
            // With its length, because a name may hold a NUL.
            sqlite3_bind_text(prepared, Int32(index + 1), argument, Int32(argument.utf8.count), transient)
        }
        var rows: [[String?]] = []
        while true {
            switch sqlite3_step(prepared) {
            case SQLITE_ROW:
                rows.append(
                    (0..<sqlite3_column_count(prepared)).map { column in
                        sqlite3_column_text(prepared, column).map { String(cString: $0) }
                    })
            case SQLITE_DONE: return rows
            default: throw Failure("cannot run '\(statement)': \(String(cString: sqlite3_errmsg(handle)))")
            }
        }
    }

    /// Adds processes by the application's own hand, ids from 1, and puts them in alarm.
    func raise(_ names: [String]) throws {
        for (index, name) in names.enumerated() {
            try sql("INSERT INTO PROCESE (process_id, process_name) VALUES (\(index + 1), ?)", name)
            try sql("INSERT INTO STATUS_PROCESS (process_id, alarma, sound) VALUES (\(index + 1), 1, 0)")
        }
    }

    /// The ids of the processes in alarm.
    func alarms() throws -> [String] {
        try sql("SELECT process_id FROM STATUS_PROCESS WHERE alarma = 1 ORDER BY 1").map { $0[0] ?? "" }
    }
}
