import Glibc
import MonitorCore
import TestSupport
import Testing

@testable import MonitorStore

/// The files in `Resources/sql`: the same as the code, and good for what they are for.
@Suite struct SchemaScriptTests {
    /// Write them anew with `MONITOR_WRITE_SQL=1 swift test --filter SchemaScriptTests`.
    @Test(arguments: SchemaScript.allCases)
    func `a script says what the code does`(script: SchemaScript) throws {
        let file = RepositoryFile("Resources/sql/\(script.rawValue).sql")
        if getenv("MONITOR_WRITE_SQL") != nil { try file.write(script.text) }
        #expect(try file.text() == script.text)
    }

    @Test(.needsMariaDB) func `the script for MariaDB makes what init makes, and may be run again`() async throws {
        let byInit = try await MariaDBServer.shared.makeDatabase()
        _ = try await byInit.store().initialize(addsIndex: false)
        let byScript = try await MariaDBServer.shared.makeDatabase()
        let file = RepositoryFile("Resources/sql/mariadb.sql")
        for _ in 1...2 { try await byScript.runClient(script: file.path) }
        #expect(try await Self.tables(byScript) == Self.tables(byInit))
        #expect(try await byScript.store().initialize(addsIndex: false).isEmpty)
    }

    private static func tables(_ database: TestDatabase) async throws -> [[String?]] {
        var found: [[String?]] = []
        for table in try await database.root.rows("SHOW TABLES").compactMap({ $0[0] }) {
            found += try await database.root.rows("SHOW CREATE TABLE \(table)")
        }
        let triggers = """
            SELECT trigger_name, event_manipulation, action_statement, sql_mode FROM information_schema.triggers \
            WHERE trigger_schema = DATABASE() ORDER BY trigger_name
            """
        return try await found + database.root.rows(triggers).map { Array($0.prefix(3)) }
            + database.root.rows("SELECT * FROM MONITOR_SCHEMA ORDER BY item")
    }

    @Test func `the script for SQLite makes what init makes, and may be run again`() async throws {
        let directory = try TemporaryDirectory()
        _ = try await directory.store(file: "init.db").initialize(addsIndex: true)
        let file = RepositoryFile("Resources/sql/sqlite.sql")
        let byScript = DatabaseClient(sqlite: "\(directory.path)/script.db")
        for _ in 1...2 { try await byScript.run(file.text()) }
        let byInit = DatabaseClient(sqlite: "\(directory.path)/init.db")
        let schema = "SELECT name, sql FROM sqlite_master ORDER BY name"
        #expect(try await byScript.rows(schema) == byInit.rows(schema))
        #expect(try await directory.store(file: "script.db").initialize(addsIndex: true).isEmpty)
    }

    @Test(.needsMariaDB) func `the grants are good for what they say`() async throws {
        let database = try await MariaDBServer.shared.makeDatabase()
        let accounts = ["monitord", "monitorctl", "monitor_admin"]
        // Accounts are the server's, which all tests share.
        let own = Dictionary(uniqueKeysWithValues: accounts.map { ($0, "\($0)\(database.name)") })
        for account in own.values { try await database.makeUser(account, granting: []) }
        _ = try await database.store().initialize(addsIndex: false)
        let script = try RepositoryFile("Resources/sql/grants.sql").text()
        for line in script.split(separator: "\n") where line.hasPrefix("GRANT ") {
            let statement = accounts.reduce(String(line.dropLast())) {
                $0.replacing("'\($1)'@", with: "'\(own[$1]!)'@")
            }
            try await database.root.run(statement.replacing("v_process_monitor", with: database.name))
        }
        let capabilities = try await database.store(user: own["monitord"]!).open()
        #expect(capabilities.persistsState && capabilities.countsRevisions)
        let id = try await database.store(user: own["monitorctl"]!).addProcess(ProcessName("web"), id: nil)
        let daemon = database.store(user: own["monitord"]!)
        _ = try await daemon.open()
        let cause = AlarmCause(source: "check http", reason: "down", note: "check http: down")
        var change = CheckChange(
            CheckRecord(
                processID: id, check: "http", standing: .failed, since: Timestamp(milliseconds: 1), message: "down"),
            before: nil)
        change.raises = cause
        #expect(try await daemon.record([change]) == [.raised])
        (change.before, change.raises, change.resolves) = (.failed, nil, cause)
        change.record.standing = .passed
        #expect(try await daemon.record([change]) == [.resolved])
        try await daemon.forgetChecks(of: id, named: ["http"])
        #expect(try await database.store(user: own["monitorctl"]!).checks(of: nil).isEmpty)
        try await database.root.run([
            "SET FOREIGN_KEY_CHECKS = 0", "DROP TABLE MONITOR_HOLD", "DROP TABLE STATUS_PROCESS",
            "DROP TABLE PROCESE", "DELETE FROM MONITOR_SCHEMA",
        ])
        // The test's server writes a binary log, and does not trust who creates triggers.
        try await database.root.run("GRANT SUPER ON *.* TO '\(own["monitor_admin"]!)'@'localhost'")
        let report = try await database.store(user: own["monitor_admin"]!).initialize(addsIndex: true)
        #expect(report.count == 6, "\(report)")
    }
}
