import Foundation
import MonitorStore
import TestSupport

/// The database of a ``FaultScene``, with the application's two tables in it: real, and to be broken.
enum FaultDatabase: Sendable {
    /// The embedded one, in this file.
    case sqlite(path: String)
    /// One on a server; the daemon has an account of the same name, with the least privileges.
    case mariadb(MariaDBServer, name: String)

    static func onServer(_ server: MariaDBServer) throws -> Self {
        let name = "faults_\(UInt32.random(in: 0...UInt32.max))"
        try server.sql("CREATE DATABASE \(name)")
        try server.sql("CREATE USER \(name)@localhost")
        return .mariadb(server, name: name)
    }

    /// The keys of `[database]`, for the daemon or for an administrator.
    func settings(asAdministrator: Bool = false) -> String {
        switch self {
        case .sqlite(let path): "backend = sqlite\npath = \(path)\nquery_timeout = 1"
        case .mariadb(let server, let name):
            """
            backend = mariadb
            socket = \(server.socket)
            user = \(asAdministrator ? "root" : name)
            database = \(name)
            connect_timeout = 1
            query_timeout = 1
            """
        }
    }

    /// A connection as the application has one.
    func connection() throws -> any SQLConnection {
        switch self {
        case .sqlite(let path): try SQLiteConnection(path: path, queryTimeout: .seconds(10))
        case .mariadb(let server, let name): try server.connection(to: name)
        }
    }

    /// Runs a statement as the application does.
    @discardableResult
    func sql(_ statement: String) throws -> [[String?]] {
        try connection().execute(statement, [], keeps: false).rows.map { $0.map(\.text) }
    }

    /// Gives the daemon what it needs.
    func grantAll() throws {
        for grant in Grants.application + Grants.state { try self.grant(grant) }
    }

    func grant(_ grant: Grants.Grant) throws {
        guard case .mariadb(let server, let name) = self else { return }
        try server.sql(grant.statement(database: name, account: "\(name)@localhost"))
    }

    func revoke(_ privileges: String, on table: String) throws {
        guard case .mariadb(let server, let name) = self else { return }
        try server.sql("REVOKE \(privileges) ON \(name).\(table) FROM \(name)@localhost")
    }

    /// Uses up the room that the history's own file has on a disk that is full.
    func useUpRoom() throws {
        for size in [8000, 500, 50, 1] {
            while (try? sql(
                """
                INSERT INTO MONITOR_EVENT (host, process_id, process_name, kind, happened_at, duration, attempts, detail)
                VALUES ('elsewhere', 1, 'x', 'failed', 1, 1, 1, '\(String(repeating: "x", count: size))')
                """)) != nil
            {}
        }
    }

    func drop() {
        guard case .mariadb(let server, let name) = self else { return }
        _ = try? server.sql("DROP DATABASE \(name)")
        _ = try? server.sql("DROP USER \(name)@localhost")
    }
}
