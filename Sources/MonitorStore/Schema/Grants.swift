/// The least privileges that each program needs.
package enum Grants {
    /// A table, or `*` for all of them, and what is to be allowed on it.
    package struct Grant: Sendable, Equatable {
        package var table: String
        package var privileges: String

        package init(_ table: String, _ privileges: String) {
            self.table = table
            self.privileges = privileges
        }

        package func statement(database: String, account: String) -> String {
            let dialect = SQLDialect.mariadb
            let object = table == "*" ? "*" : dialect.quoted(table)
            return "GRANT \(privileges) ON \(dialect.quoted(database)).\(object) TO \(account)"
        }
    }

    /// What the daemon can't do without.
    package static let application = [
        Grant("PROCESE", "SELECT"),
        Grant("STATUS_PROCESS", "SELECT, UPDATE (alarma, notes)"),
    ]

    /// What the daemon needs so that its state survives it.
    package static let state = [
        Grant("MONITOR_SCHEMA", "SELECT"),
        Grant("MONITOR_ALARM", "SELECT, UPDATE"),
        Grant("MONITOR_BREAKER", "SELECT, INSERT, UPDATE"),
        Grant("MONITOR_CLAIM", "SELECT, INSERT, UPDATE, DELETE"),
        Grant("MONITOR_HOLD", "SELECT"),
        Grant("MONITOR_CHECK", "SELECT, INSERT, UPDATE, DELETE"),
        Grant("MONITOR_EVENT", "SELECT, INSERT, DELETE"),
        Grant("MONITOR_HOST", "SELECT, INSERT, UPDATE, DELETE"),
    ]

    /// What the daemon needs, on `*.*`, to see alarms in the server's binary log. MySQL wants `REPLICATION CLIENT` too.
    package static let feed = "REPLICATION SLAVE"

    /// What monitorctl needs for all of its verbs but `init`, which creates tables.
    package static let tool = [
        Grant("PROCESE", "SELECT, INSERT, DELETE"),
        Grant("STATUS_PROCESS", "SELECT, INSERT, UPDATE (alarma, notes), DELETE"),
        Grant("MONITOR_SCHEMA", "SELECT"),
        Grant("MONITOR_ALARM", "SELECT, UPDATE, DELETE"),
        Grant("MONITOR_BREAKER", "SELECT, INSERT, UPDATE, DELETE"),
        Grant("MONITOR_CLAIM", "SELECT, DELETE"),
        Grant("MONITOR_HOLD", "SELECT, INSERT, DELETE"),
        Grant("MONITOR_CHECK", "SELECT, DELETE"),
        Grant("MONITOR_EVENT", "SELECT, INSERT, DELETE"),
        Grant("MONITOR_HOST", "SELECT"),
    ]

    /// What `monitorctl init` needs, on all tables of the database.
    package static let creation = Grant(
        "*", "SELECT, INSERT, UPDATE, CREATE, ALTER, DROP, INDEX, REFERENCES, TRIGGER")

    /// What mends that a server refused something: the statement for an administrator, found by what was refused and by
    /// the table, which the message names: `CREATE command denied to user … for table …`.
    package static func remedy(for message: String, account: String, database: String) -> String? {
        let message = message.uppercased()
        guard let end = message.firstRange(of: " COMMAND DENIED") else { return nil }
        let refused = message[..<end.lowerBound].split { !$0.isLetter }.map(String.init)
        if refused.contains(where: ["CREATE", "ALTER", "DROP", "INDEX", "REFERENCES", "TRIGGER"].contains) {
            let statement = creation.statement(database: database, account: account)
            return
                "let an administrator run 'monitorctl init', or give this account what it needs for that; \(statement)"
        }
        let grants = (application + state + tool).filter { message.contains($0.table) }
        // The least that would do: what the daemon needs, or else what the tool needs.
        let sufficient = grants.first { grant in refused.allSatisfy { grant.privileges.contains($0) } }
        return (sufficient ?? grants.last)?.statement(database: database, account: account)
    }
}
