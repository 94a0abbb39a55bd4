import MonitorCore
import MonitorStore
import MonitorStoreConformance
import TestSupport
import Testing

/// Tables as applications have them, which is not always as the specification does.
@Suite(.needsMariaDB) struct MariaDBTableTests {
    private let database: TestDatabase

    init() async throws { database = try await MariaDBServer.shared.makeDatabase() }

    private func makeTables(process: String = "PROCESE", status: String = "STATUS_PROCESS", options: String = "")
        async throws
    {
        try await database.root.run([
            "CREATE TABLE \(process) (process_id INT PRIMARY KEY, process_name VARCHAR(100) NOT NULL)\(options)",
            """
            CREATE TABLE \(status) (process_id INT PRIMARY KEY, alarma TINYINT NOT NULL DEFAULT 0, \
            sound TINYINT NOT NULL DEFAULT 0, notes VARCHAR(100))\(options)
            """,
            "INSERT INTO \(process) VALUES (1, 'web')",
            "INSERT INTO \(status) VALUES (1, 0, 0, NULL)",
        ])
    }

    /// One alarm from end to end, as an application raises it.
    private func serveAlarm(in status: String = "STATUS_PROCESS", note: String = "back") async throws -> String? {
        let store = database.store()
        _ = try await store.initialize(addsIndex: false)
        let capabilities = try await store.open()
        #expect(capabilities.countsRevisions && capabilities.persistsState)
        try await database.root.run("UPDATE \(status) SET alarma = 1, notes = 'down' WHERE process_id = 1")
        let stale = try #require(try await store.poll().first)
        try await database.root.run("UPDATE \(status) SET alarma = 1, notes = 'down' WHERE process_id = 1")
        #expect(try await store.complete(stale.report("here-1-1")).alarm == .raisedAgain)
        let alarm = try #require(try await store.poll().first)
        #expect(try await store.claim(alarm.claimRequest()) == .claimed)
        #expect(try await store.complete(alarm.report("here-1-2", note: note)).alarm == .cleared)
        #expect(try await store.processes(named: ["web"]).map(\.alarm) == [false])
        return try await database.root.scalar("SELECT notes FROM \(status)")
    }

    @Test(arguments: ["", " ENGINE=MyISAM", " ENGINE=Aria", " DEFAULT CHARSET=latin1", " DEFAULT CHARSET=utf8mb3"])
    func `an alarm is served whatever the tables are made of`(options: String) async throws {
        try await makeTables(options: options)
        #expect(try await serveAlarm() == "back")
    }

    @Test(arguments: [("procese", "status_process"), ("Procese", "Status_Process"), ("PROCESE", "status_process")])
    func `an alarm is served whatever the case of the tables' names`(process: String, status: String) async throws {
        try await makeTables(process: process, status: status)
        #expect(try await serveAlarm(in: status) == "back")
        let tables = try await database.root.rows("SHOW TABLES").compactMap(\.first)
        #expect(tables.filter { $0?.hasPrefix("MONITOR_") == false }.count == 2, "no second pair was made")
    }

    @Test func `of two tables that differ in case alone the one of the specification is used`() async throws {
        try await makeTables(process: "procese", status: "status_process")
        try await makeTables()
        #expect(try await serveAlarm() == "back")
        #expect(try await database.root.scalar("SELECT notes FROM status_process") == nil)
    }

    @Test(arguments: [(" DEFAULT CHARSET=latin1", "naïve ?"), (" DEFAULT CHARSET=utf8mb3", "naïve ?"), ("", "naïve 🐘")])
    func `what does not fit into the column's character set is replaced`(options: String, kept: String) async throws {
        try await makeTables(options: options)
        #expect(try await serveAlarm(note: "naïve 🐘") == kept)
    }

    @Test func `a note goes into a column that is narrower than the specification's`() async throws {
        try await makeTables()
        try await database.root.run("ALTER TABLE STATUS_PROCESS MODIFY notes VARCHAR(10)")
        #expect(try await serveAlarm(note: "0123456789abc") == "0123456789")
    }

    @Test func `a note is cut on a character boundary before it is sent`() async throws {
        try await makeTables()
        let family = "👨‍👩‍👧"
        let note = try await serveAlarm(note: String(repeating: "x", count: 97) + family)
        #expect(note == String(repeating: "x", count: 97) + "…")
    }

    @Test func `what the application does to its tables while we are connected does not matter`() async throws {
        try await makeTables()
        let store = database.store()
        _ = try await store.initialize(addsIndex: false)
        try await store.raise([1], .act(of: "ann", note: "down"))
        #expect(try await store.poll().count == 1)
        try await database.root.run([
            "ALTER TABLE STATUS_PROCESS ADD COLUMN extra INT FIRST", "ALTER TABLE STATUS_PROCESS MODIFY notes TEXT",
            "ALTER TABLE PROCESE MODIFY process_id BIGINT, MODIFY process_name VARCHAR(200)",
        ])
        #expect(try await store.poll().map(\.notes) == ["down"])
        let long = String(repeating: "n", count: 3000)
        _ = try await database.root.rows("UPDATE STATUS_PROCESS SET notes = ?", [.text(long)])
        #expect(try await store.poll().map(\.notes) == [long], "longer than any buffer of ours")
    }

    @Test func `on a view there are no triggers, and it is said so`() async throws {
        try await makeTables(status: "PLANT")
        try await database.root.run("CREATE VIEW STATUS_PROCESS AS SELECT * FROM PLANT")
        let store = database.store()
        let capabilities = try await store.open()
        #expect(capabilities.persistsState && !capabilities.countsRevisions)
        #expect(capabilities.remarks.first?.hasPrefix("cannot create the triggers that count alarms: ") == true)
        try await database.root.run("UPDATE PLANT SET alarma = 1")
        let alarm = try #require(try await store.poll().first)
        #expect(try await store.complete(alarm.report()).alarm == .cleared)
    }

    @Test func `without the application's tables a daemon says how to get them`() async throws {
        let error = try await #require(throws: StoreError.self) { _ = try await database.store().open() }
        #expect(error.code == .schema)
        #expect(error.description.contains("no table PROCESE and STATUS_PROCESS"))
        #expect(error.description.contains("monitorctl init"))
        #expect(try await database.root.rows("SHOW TABLES").isEmpty, "nothing is made in what may be the wrong place")
    }

    @Test(arguments: ["BIT", "BIT(1)", "BIT(8)", "BOOLEAN", "BIGINT UNSIGNED"])
    func `an alarm is served whatever kind of number it is`(type: String) async throws {
        try await makeTables()
        try await database.root.run("ALTER TABLE STATUS_PROCESS MODIFY alarma \(type) NOT NULL DEFAULT 0")
        #expect(try await serveAlarm() == "back")
    }

    @Test func `a row that an application keeps locked holds up the daemon's other reports for a moment`()
        async throws
    {
        try await makeTables()
        try await database.root.run([
            "INSERT INTO PROCESE VALUES (2, 'db')", "INSERT INTO STATUS_PROCESS VALUES (2, 0, 0, NULL)",
        ])
        let store = database.store()
        _ = try await store.open()
        try await database.root.run("UPDATE STATUS_PROCESS SET alarma = 1")
        let alarms = try await store.poll()
        for alarm in alarms { #expect(try await store.claim(alarm.claimRequest()) == .claimed) }
        let application = database.server.client(database: database.name)
        try await application.run(["START TRANSACTION", "UPDATE STATUS_PROCESS SET sound = 1 WHERE process_id = 1"])
        let started = ContinuousClock.now
        for number in 1...2 {
            let error = await #expect(throws: StoreError.self) {
                _ = try await store.complete(alarms[0].report("here-1-\(number)"))
            }
            #expect(error?.code == .busy)
        }
        #expect(try await store.complete(alarms[1].report("here-1-3")).alarm == .cleared)
        #expect(ContinuousClock.now - started < .seconds(5), "the first is waited for, for a second, the second not")
        try await application.run("ROLLBACK")
        #expect(try await store.complete(alarms[0].report("here-1-1")).alarm == .cleared)
    }
}
