import MonitorCore
import TestSupport
import Testing

@testable import MonitorStore

@Suite(.serialized) struct SchemaMigratorTests {
    /// Ten programs that open a database at once, as ten daemons do when a cluster starts.
    private static func openTenTimes(_ store: @Sendable @escaping () -> any AlarmStore & ControlStore) async throws {
        try await withThrowingTaskGroup(of: StoreCapabilities.self) { group in
            for number in 0..<10 {
                group.addTask {
                    if number.isMultiple(of: 2) { _ = try await store().initialize(addsIndex: true) }
                    return try await store().open()
                }
            }
            for try await capabilities in group {
                #expect(capabilities.persistsState && capabilities.countsRevisions)
                #expect(capabilities.remarks.isEmpty)
            }
        }
    }

    @Test func `ten programs open an empty file at once`() async throws {
        let directory = try TemporaryDirectory()
        try await Self.openTenTimes { directory.store() }
        let client = DatabaseClient(sqlite: "\(directory.path)/monitor.db")
        #expect(try await client.scalar("SELECT value FROM MONITOR_SCHEMA WHERE item = 'version'") == "1")
    }

    @Test(.mariaDB) func `ten programs open a database at once`() async throws {
        let database = try await MariaDBServer.shared().makeDatabase()
        try await database.root.run([
            Schema.applicationTable("PROCESE"), Schema.applicationTable("STATUS_PROCESS"),
        ])
        try await Self.openTenTimes { database.store() }
        #expect(try await database.root.scalar("SELECT value FROM MONITOR_SCHEMA WHERE item = 'version'") == "1")
        #expect(try await database.root.rows("SHOW TRIGGERS").count == 2)
    }

    @Test(.mariaDB) func `what was done is told, and nothing is done twice`() async throws {
        let store = try await MariaDBServer.shared().makeDatabase().store()
        #expect(
            try await store.initialize(addsIndex: true) == [
                "created table PROCESE", "created table STATUS_PROCESS",
                "brought the tables of the monitor (MONITOR_…) to version 1",
                "created trigger MONITOR_ALARM_INSERTED", "created trigger MONITOR_ALARM_UPDATED",
                "added index MONITOR_ALARMA on STATUS_PROCESS (alarma)",
            ])
        #expect(try await store.initialize(addsIndex: true).isEmpty)
    }

    @Test(.mariaDB) func `the application's tables are not touched but for the index`() async throws {
        let database = try await MariaDBServer.shared().makeDatabase()
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

    @Test(.mariaDB) func `an index that begins with alarma will do`() async throws {
        let database = try await MariaDBServer.shared().makeDatabase()
        try await database.root.run([
            Schema.applicationTable("PROCESE"), Schema.applicationTable("STATUS_PROCESS"),
            "CREATE INDEX own ON STATUS_PROCESS (alarma, sound)",
        ])
        #expect(try await !database.store().initialize(addsIndex: true).contains { $0.contains("index") })
    }

    @Test func `tables of a newer version are left alone, and it is said why`() async throws {
        let directory = try TemporaryDirectory()
        _ = try await directory.store().open()
        let client = DatabaseClient(sqlite: "\(directory.path)/monitor.db")
        try await client.run("UPDATE MONITOR_SCHEMA SET value = 7 WHERE item = 'version'")
        for call in [
            { _ = try await directory.store().open() }, { _ = try await directory.store().poll() },
            { _ = try await directory.store().initialize(addsIndex: true) },
        ] as [() async throws -> Void] {
            let error = try await #require(throws: StoreError.self) { try await call() }
            #expect(error.code == .schema)
            #expect(error.description.contains("version 7, this program knows version 1: install the newer program"))
        }
    }

    @Test(.mariaDB) func `triggers that went with their table are made again`() async throws {
        let database = try await MariaDBServer.shared().makeDatabase()
        let store = try await database.initializedStore()
        try await database.root.run([
            "DROP TABLE STATUS_PROCESS", Schema.applicationTable("STATUS_PROCESS"),
        ])
        #expect(try await store.open().countsRevisions)
        #expect(try await database.root.rows("SHOW TRIGGERS").count == 2)
    }

    @Test(.mariaDB) func `where the server forbids triggers, that is said with the remedy`() async throws {
        let server = try await MariaDBServer(["--log-bin", "--server-id=1"])
        let database = try await server.makeDatabase()
        try await database.makeUser("admin", granting: ["ALL ON \(database.name).*"])
        let report = try await database.store(user: "admin").initialize(addsIndex: false)
        #expect(report.last?.contains("log_bin_trust_function_creators = 1") == true, "\(report)")
        let capabilities = try await database.store(user: "admin").open()
        #expect(capabilities.persistsState && !capabilities.countsRevisions)
        #expect(capabilities.remarks.count == 1)
        try await database.root.run("SET GLOBAL log_bin_trust_function_creators = 1")
        #expect(try await database.store(user: "admin").open().countsRevisions)
    }

    @Test(.mariaDB) func `somebody else at work is waited for`() async throws {
        let database = try await MariaDBServer.shared().makeDatabase()
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
