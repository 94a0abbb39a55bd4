import Foundation
import MonitorStore
import TestSupport

extension FaultScene {
    /// The server of the database.
    var server: MariaDBServer {
        get throws {
            guard case .mariadb(let server, _) = database else { throw Failure("the database has no server") }
            return server
        }
    }

    /// The database, and the account of the daemon.
    var databaseName: String {
        guard case .mariadb(_, let name) = database else { return "" }
        return name
    }

    /// What the server runs for the daemon's account: each connection, and its statement.
    private func connections() throws -> [(id: Int64, statement: String?)] {
        try server.sql("SELECT id, info FROM information_schema.processlist WHERE user = '\(databaseName)'")
            .map { ($0[0].integer ?? 0, $0[1].text) }
    }

    /// Ends the daemon's connections, as an administrator does.
    func killConnections() throws {
        for connection in try connections() { _ = try? server.sql("KILL \(connection.id)") }
    }

    /// Takes every connection that the server has, the daemon's own too.
    func takeAllConnections() throws -> [MariaDBConnection] {
        try server.sql("SET GLOBAL max_connections = 10")
        try killConnections()
        var taken: [MariaDBConnection] = []
        // A connection that was killed goes a moment later.
        for _ in 0..<100 {
            if let one = try? server.connection(to: databaseName, as: databaseName) { taken.append(one) }
        }
        return taken
    }

    /// Another transaction, which holds the rows of all breakers.
    func lockBreakers() throws -> any SQLConnection {
        let other = try database.connection()
        try other.run("START TRANSACTION")
        _ = try other.execute("SELECT * FROM MONITOR_BREAKER FOR UPDATE", [], keeps: false)
        return other
    }

    /// Waits until the daemon has cleared an alarm in a transaction, and waits there for the breaker of the process.
    func waitsForBreaker() async throws {
        try await eventually("the daemon waits for a breaker", in: daemon) {
            try self.connections().contains { $0.statement?.hasPrefix("UPDATE MONITOR_BREAKER") == true }
        }
    }

    /// Creates the monitor's triggers anew, as another administrator would, for whom they act then.
    ///
    /// - Returns: the name of that one's account.
    func makeTriggersAnew() throws -> String {
        let maker = "\(databaseName)_m"
        try server.sql("CREATE USER \(maker)@localhost")
        try server.sql("GRANT SELECT, INSERT, UPDATE, TRIGGER ON \(databaseName).* TO \(maker)@localhost")
        for trigger in Schema.triggers(in: .mariadb) {
            // MySQL prepares neither.
            let connection = try database.connection()
            try connection.run("DROP TRIGGER \(trigger.name)")
            try connection.run(
                trigger.statement.replacingOccurrences(
                    of: "CREATE TRIGGER", with: "CREATE DEFINER = \(maker)@localhost TRIGGER"))
        }
        return maker
    }

    /// The file of a table, which the server may be asked for while it runs.
    func file(of table: String) throws -> String {
        let directory = try server.sql("SELECT @@datadir").first?[0].text ?? ""
        return "\(directory)\(databaseName)/\(table).ibd"
    }

    /// How many deadlocks the server has ended so far.
    func deadlocks() throws -> Int64 {
        try server.sql("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'").first?[1].integer ?? 0
    }
}
