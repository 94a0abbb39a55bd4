import MonitorCore
import MonitorStore
import MonitorStoreConformance
import TestSupport
import Testing

/// What the application does with its own two tables, beside us.
@Suite(.needsMariaDB) struct MariaDBApplicationTests {
    private let database: TestDatabase
    private let store: any AlarmStore & ControlStore

    init() async throws {
        database = try await MariaDBServer.shared.makeDatabase()
        store = try await database.initializedStore()
        try await database.root.run([
            "INSERT INTO PROCESE VALUES (1, 'web'), (2, 'db')", "INSERT INTO STATUS_PROCESS (process_id) VALUES (1)",
        ])
    }

    private func revision() async throws -> Int64 {
        try #require(try await store.poll().first { $0.processID == 1 }?.revision)
    }

    @Test(arguments: [
        "UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1",
        "UPDATE STATUS_PROCESS SET alarma = 1, notes = notes WHERE process_id = 1",
        "UPDATE STATUS_PROCESS SET notes = 'again' WHERE process_id = 1",
        "REPLACE INTO STATUS_PROCESS (process_id, alarma) VALUES (1, 1)",
        "INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (1, 1) ON DUPLICATE KEY UPDATE alarma = 1",
    ])
    func `raising a standing alarm by any statement makes it newer`(statement: String) async throws {
        try await database.root.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1")
        let first = try await revision()
        try await database.root.run(statement)
        #expect(try await revision() == first + 1)
    }

    @Test func `an inserted alarm counts`() async throws {
        try await database.root.run("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (2, 1)")
        #expect(try await store.poll().map(\.revision) == [1])
    }

    @Test func `an alarm raised while it stands began when it was raised first`() async throws {
        try await database.root.run([
            "UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1",
            "UPDATE MONITOR_ALARM SET raised_at = raised_at - 3600000",
            "UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1",
        ])
        let raisedAt = try #require(try await store.poll().first?.raisedAt)
        #expect(Timestamp.wallClock() - raisedAt > .seconds(3590))
        try await database.root.run([
            "UPDATE STATUS_PROCESS SET alarma = 0 WHERE process_id = 1",
            "UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1",
        ])
        let raisedAgainAt = try #require(try await store.poll().first?.raisedAt)
        #expect(Timestamp.wallClock() - raisedAgainAt < .seconds(60))
    }

    @Test func `an alarm that stood before there were triggers is served and cleared`() async throws {
        try await database.root.run([
            "UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1", "DELETE FROM MONITOR_ALARM",
        ])
        let alarm = try #require(try await store.poll().first)
        #expect(alarm.revision == 0)
        #expect(alarm.raisedAt == nil)
        #expect(try await store.complete(alarm.report()).alarm == .cleared)
    }

    @Test func `an application needs no privilege on the monitor's tables`() async throws {
        let user = "app\(database.name)"
        try await database.makeUser(user, granting: ["SELECT, UPDATE ON \(database.name).STATUS_PROCESS"])
        let application = DatabaseClient(database.settings(user: user), password: nil)
        try await application.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1")
        #expect(try await revision() == 1)
        await #expect(throws: SQLError.self) { try await application.rows("SELECT * FROM MONITOR_ALARM") }
    }

    @Test func `an application's statement works when the monitor's tables are gone`() async throws {
        try await database.root.run([
            "DROP TABLE MONITOR_ALARM", "UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1",
        ])
        #expect(try await database.root.scalar("SELECT alarma FROM STATUS_PROCESS WHERE process_id = 1") == "1")
    }

    @Test func `a recovery changes alarm and note of its own process and nothing else`() async throws {
        try await database.root.run([
            "INSERT INTO STATUS_PROCESS VALUES (2, 1, 1, 'other')",
            "UPDATE STATUS_PROCESS SET alarma = 1, sound = 1, notes = 'down' WHERE process_id = 1",
        ])
        let alarm = try #require(try await store.poll().first)
        _ = try await store.claim(alarm.claimRequest())
        _ = try await store.complete(alarm.report(note: "back"))
        #expect(
            try await database.root.rows("SELECT * FROM STATUS_PROCESS ORDER BY process_id")
                == [["1", "0", "1", "back"], ["2", "1", "1", "other"]])
        #expect(
            try await database.root.rows("SELECT * FROM PROCESE ORDER BY process_id") == [["1", "web"], ["2", "db"]])
    }

    @Test func `only 1 is an alarm`() async throws {
        try await database.root.run("UPDATE STATUS_PROCESS SET alarma = 2 WHERE process_id = 1")
        #expect(try await store.poll().isEmpty)
        try await database.root.run("UPDATE STATUS_PROCESS SET alarma = -1 WHERE process_id = 1")
        #expect(try await store.poll().isEmpty)
    }

    @Test(arguments: [
        "a; touch /x", "$(x)", "`x`", "--help", "../../x", "it's \"quoted\" \\", "new\nline", "nul\0byte", "🐘",
        String(repeating: "日", count: 100), "", "%s", "' OR 1=1 -- ",
    ])
    func `a name arrives as it stands in the table, whatever it is`(name: String) async throws {
        _ = try await database.root.rows("UPDATE PROCESE SET process_name = ? WHERE process_id = 1", [.text(name)])
        try await database.root.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1")
        let alarm = try #require(try await store.poll().first)
        #expect(alarm.name == name)
        let report = alarm.report(outcome: .refused, note: "refused")
        _ = try await store.complete(report)
        #expect(try await store.history(of: [name], limit: 1).map(\.processName) == [name])
    }

    @Test func `an alarm of a process without a name is found`() async throws {
        try await database.root.run([
            "SET FOREIGN_KEY_CHECKS = 0", "INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (77, 1)",
        ])
        let alarm = try #require(try await store.poll().first)
        #expect(alarm.processID == 77)
        #expect(alarm.name == nil)
    }
}
