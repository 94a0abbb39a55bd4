import MonitorCore
import MonitorStore
import TestSupport
import Testing

/// The tables on a server that others use too.
@Suite(.needsMariaDB) struct MariaDBSchemaTests {
    @Test func `the application's tables are not touched but for the index`() async throws {
        let database = try await MariaDBServer.shared.makeDatabase()
        try await database.root.run([
            Schema.applicationTable("PROCESE"), Schema.applicationTable("STATUS_PROCESS"),
            "INSERT INTO PROCESE VALUES (1, 'web')", "INSERT INTO STATUS_PROCESS VALUES (1, 0, 1, 'note')",
        ])
        func tables() async throws -> [[String?]] {
            try await database.root.rows("SHOW CREATE TABLE PROCESE")
                + database.root.rows("SHOW CREATE TABLE STATUS_PROCESS")
                + database.root.rows("SELECT * FROM STATUS_PROCESS")
        }
        let before = try await tables()
        _ = try await database.store().initialize(addsIndex: false)
        _ = try await database.store().open()
        #expect(try await tables() == before)
        _ = try await database.store().initialize(addsIndex: true)
        let withIndex = try await tables()
        #expect(
            withIndex[1][1]
                == before[1][1]?.replacing("`),\n", with: "`),\n").replacing(
                    "  PRIMARY KEY (`process_id`),\n",
                    with: "  PRIMARY KEY (`process_id`),\n  KEY `MONITOR_ALARMA` (`alarma`),\n"))
        #expect(withIndex[2] == before[2])
    }

    @Test func `an index that begins with alarma will do`() async throws {
        let database = try await MariaDBServer.shared.makeDatabase()
        try await database.root.run([
            Schema.applicationTable("PROCESE"), Schema.applicationTable("STATUS_PROCESS"),
            "CREATE INDEX own ON STATUS_PROCESS (alarma, sound)",
        ])
        #expect(try await !database.store().initialize(addsIndex: true).contains { $0.contains("index") })
    }

    @Test func `triggers that went with their table are made again`() async throws {
        let database = try await MariaDBServer.shared.makeDatabase()
        let store = try await database.initializedStore()
        try await database.root.run([
            "DROP TABLE STATUS_PROCESS", Schema.applicationTable("STATUS_PROCESS"),
        ])
        #expect(try await store.open().countsRevisions)
        #expect(try await database.root.rows("SHOW TRIGGERS").count == 2)
    }

    @Test func `where the server forbids triggers, that is said with the remedy`() async throws {
        // One of its own: what is changed in the end is the whole server's.
        let server = try await Task.detached { try MariaDBServer() }.value
        let database = try server.makeDatabase()
        try await database.makeUser("admin", granting: ["ALL ON \(database.name).*"])
        let report = try await database.store(user: "admin").initialize(addsIndex: false)
        #expect(report.last?.contains("log_bin_trust_function_creators = 1") == true, "\(report)")
        let capabilities = try await database.store(user: "admin").open()
        #expect(capabilities.persistsState && !capabilities.countsRevisions)
        #expect(capabilities.remarks.count == 1)
        try await database.root.run("SET GLOBAL log_bin_trust_function_creators = 1")
        #expect(try await database.store(user: "admin").open().countsRevisions)
    }

    @Test func `somebody else at work is waited for`() async throws {
        let database = try await MariaDBServer.shared.makeDatabase()
        try await database.root.rows("SELECT GET_LOCK(CONCAT('monitor.schema.', DATABASE()), 0)")
        async let report = database.store().initialize(addsIndex: false)
        let waiting =
            "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND state = 'User lock'"
        while try await database.root.scalar(waiting) == "0" { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try await database.root.rows("SHOW TABLES").isEmpty)
        await database.root.close()
        #expect(try await report.count == 5)
    }
}
