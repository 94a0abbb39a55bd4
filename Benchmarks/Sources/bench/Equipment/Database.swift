import CLibraries

/// A connection to the benchmark's database server, as an application has one.
final class Database {
    private let connection: UnsafeMutablePointer<MYSQL>
    let name: String

    init(_ name: String) throws {
        self.name = name
        connection = mysql_init(nil)
        guard mysql_real_connect(connection, nil, "root", nil, name, 0, DatabaseServer.socket, 0) != nil else {
            throw Failure("cannot connect to the database: \(String(cString: mysql_error(connection)))")
        }
    }

    deinit { mysql_close(connection) }

    /// Runs a statement; on return it is committed.
    func run(_ statement: String) throws { _ = try value(statement) }

    /// The first value of the first row.
    @discardableResult
    func value(_ statement: String) throws -> String? {
        guard mysql_query(connection, statement) == 0 else { throw failure(statement) }
        guard let result = mysql_store_result(connection) else { return nil }
        defer { mysql_free_result(result) }
        guard let row = mysql_fetch_row(result), let value = row[0] else { return nil }
        return String(cString: value)
    }

    /// Prepares a statement, to be run again and again.
    func prepare(_ statement: String) throws -> () throws -> Void {
        let prepared = mysql_stmt_init(connection)
        guard mysql_stmt_prepare(prepared, statement, UInt(statement.utf8.count)) == 0 else { throw failure(statement) }
        return {
            guard mysql_stmt_execute(prepared) == 0, mysql_stmt_store_result(prepared) == 0 else {
                throw self.failure(statement)
            }
            mysql_stmt_free_result(prepared)
        }
    }

    private func failure(_ statement: String) -> Failure {
        Failure("cannot run '\(statement.prefix(80))': \(String(cString: mysql_error(connection)))")
    }
}

// MARK: - Alarms

extension Database {
    /// Marks a process, or all of them, as being in alarm.
    func raiseAlarm(of process: Int? = nil) throws {
        try run("UPDATE STATUS_PROCESS SET alarma = 1" + (process.map { " WHERE process_id = \($0)" } ?? ""))
    }

    /// - Parameter pause: milliseconds between two reads.
    func waitUntilCleared(seconds: Double = 20, every pause: Double) throws {
        try wait(for: "the end of the alarm", seconds: seconds, every: pause) {
            try value("SELECT COUNT(*) FROM STATUS_PROCESS WHERE alarma = 1") == "0"
        }
    }
}
