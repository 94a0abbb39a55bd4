internal import MonitorCore

/// Lets one program at a time change the tables.
///
/// On MariaDB and MySQL by a named lock, as their CREATE ends any transaction; on SQLite by a transaction.
struct SchemaLock {
    private let connection: any SQLConnection

    /// How often it is asked for: the tenth of ten daemons waits for nine.
    private static let tries = 6

    init(_ connection: any SQLConnection) { self.connection = connection }

    // The name of a lock is the server's, not the database's, and of 64 characters at most.
    private static let name = "CONCAT('monitor.schema.', LEFT(DATABASE(), 40))"

    func acquire() throws(SQLError) {
        switch connection.dialect {
        case .mariadb:
            // Each time as long as for any lock: not until we give up on the server.
            let question = "SELECT GET_LOCK(\(Self.name), @@SESSION.lock_wait_timeout)"
            for _ in 0..<Self.tries where try connection.scalar(question)?.integer == 1 { return }
            throw SQLError(.busy, reason: "another program is creating the tables")
        case .sqlite: try connection.run(connection.dialect.beginWriting)
        }
    }

    func release() throws(SQLError) {
        switch connection.dialect {
        case .mariadb: _ = try connection.scalar("SELECT RELEASE_LOCK(\(Self.name))")
        case .sqlite: try connection.run("COMMIT")
        }
    }

    /// Gives up after an error, which is what the caller will hear of.
    func abandon() {
        switch connection.dialect {
        case .mariadb: _ = try? connection.scalar("SELECT RELEASE_LOCK(\(Self.name))")
        case .sqlite: try? connection.run("ROLLBACK")
        }
    }
}
