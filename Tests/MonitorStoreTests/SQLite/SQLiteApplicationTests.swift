import MonitorCore
import MonitorStore
import MonitorStoreConformance
import TestSupport
import Testing

/// What an application does with its own two tables in the file, beside us.
@Suite struct SQLiteApplicationTests {
    private let directory: TemporaryDirectory
    private let store: any AlarmStore & ControlStore
    private let application: DatabaseClient

    init() async throws {
        directory = try TemporaryDirectory()
        store = directory.store()
        _ = try await store.open()
        application = DatabaseClient(sqlite: "\(directory.path)/monitor.db")
        try await application.run([
            "INSERT INTO PROCESE VALUES (1, 'web'), (2, 'db')", "INSERT INTO STATUS_PROCESS (process_id) VALUES (1)",
        ])
    }

    private func revision() async throws -> Int64 {
        try #require(try await store.poll().first { $0.processID == 1 }?.revision)
    }

    @Test(arguments: [
        "UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1",
        "UPDATE OR IGNORE STATUS_PROCESS SET alarma = 1, notes = 'again' WHERE process_id = 1",
        "UPDATE OR FAIL status_process SET ALARMA = 1",
        "REPLACE INTO STATUS_PROCESS (process_id, alarma) VALUES (1, 1)",
        "INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (1, 1) ON CONFLICT (process_id) DO UPDATE SET alarma = 1",
    ])
    func `raising a standing alarm by any statement makes it newer`(statement: String) async throws {
        try await application.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1")
        let first = try await revision()
        try await application.run(statement)
        #expect(try await revision() == first + 1)
    }

    @Test func `a table without a column that is needed is told what adds it`() async throws {
        try await application.run("ALTER TABLE STATUS_PROCESS DROP COLUMN notes")
        let error = try await #require(throws: StoreError.self) { _ = try await store.poll() }
        #expect(error.code == .schema)
        #expect(error.description.contains("; ALTER TABLE STATUS_PROCESS ADD COLUMN notes VARCHAR(100)"), "\(error)")
        #expect(!error.description.contains("creates the tables"))
    }

    @Test func `an inserted alarm counts`() async throws {
        try await application.run("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (2, 1)")
        #expect(try await store.poll().map(\.revision) == [1])
    }

    @Test func `an alarm raised while it stands began when it was raised first`() async throws {
        try await application.run([
            "UPDATE STATUS_PROCESS SET alarma = 1", "UPDATE MONITOR_ALARM SET raised_at = raised_at - 3600000",
            "UPDATE STATUS_PROCESS SET alarma = 1",
        ])
        let raisedAt = try #require(try await store.poll().first?.raisedAt)
        #expect(Timestamp.wallClock() - raisedAt > .seconds(3590))
        try await application.run([
            "UPDATE STATUS_PROCESS SET alarma = 0", "UPDATE STATUS_PROCESS SET alarma = 1",
        ])
        let raisedAgainAt = try #require(try await store.poll().first?.raisedAt)
        #expect(Timestamp.wallClock() - raisedAgainAt < .seconds(60))
    }

    @Test func `an alarm raised while the recovery waits to write is not lost`() async throws {
        try await application.run("UPDATE STATUS_PROCESS SET alarma = 1")
        let alarm = try #require(try await store.poll().first)
        try await application.run(["BEGIN IMMEDIATE", "UPDATE STATUS_PROCESS SET alarma = 1, notes = 'again'"])
        async let result = store.complete(alarm.report())
        try await application.run("COMMIT")
        #expect(try await result.alarm == .raisedAgain)
        #expect(try await store.poll().map(\.notes) == ["again"])
    }

    @Test(arguments: ["a; touch /x", "it's", "nul\0byte", "🐘", String(repeating: "日", count: 100), ""])
    func `a name arrives as it stands in the table, whatever it is`(name: String) async throws {
        _ = try await application.rows("UPDATE PROCESE SET process_name = ? WHERE process_id = 1", [.text(name)])
        try await application.run("UPDATE STATUS_PROCESS SET alarma = 1")
        #expect(try await store.poll().map(\.name) == [name])
    }

    @Test func `a process needs a row in the table of processes`() async throws {
        await #expect(throws: SQLError.self) {
            try await application.run("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (99, 1)")
        }
    }
}
