import MonitorCore
import MonitorStore
import MonitorStoreConformance
import TestSupport
import Testing

/// An alarm that is raised again at each point around the clearing of the one before: never lost, and the
/// application's statement never fails.
@Suite(.needsMariaDB) struct MariaDBRaceTests {
    private static let raising = "UPDATE STATUS_PROCESS SET alarma = 1, notes = 'again' WHERE process_id = 1"

    private let database: TestDatabase
    private let store: any AlarmStore & ControlStore
    private let alarm: Alarm

    init() async throws {
        database = try await MariaDBServer.shared.makeDatabase()
        store = try await database.initializedStore()
        _ = try await store.addProcess(ProcessName("web"), id: 1)
        alarm = try await store.raise(1)
    }

    /// Waits until a connection other than root's own waits for a lock in the statement that begins so.
    private func waitForLockWait(in statement: String) async throws {
        let query = """
            SELECT COUNT(*) FROM information_schema.processlist \
            WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE '\(statement)%' AND time_ms > 20
            """
        let started = ContinuousClock.now
        while try await database.root.scalar(query) == "0" {
            try #require(ContinuousClock.now - started < .seconds(10), "nobody waits in \(statement)")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Holds the place of a report in the history, as a call does of which the transaction is not over.
    private func beginWriting(_ report: Completion) async throws -> DatabaseClient {
        let client = database.server.client(database: database.name)
        try await client.run([
            "BEGIN",
            """
            INSERT INTO MONITOR_EVENT (host, process_id, process_name, kind, happened_at, duration, attempts, detail, \
            completion_id, alarm_result, breaker_applied) \
            VALUES ('', 1, 'web', 'recovered', 0, 0, 0, '', '\(report.id)', 'alreadyClear', 0)
            """,
        ])
        return client
    }

    @Test func `a report that an earlier call commits while we write it is written once`() async throws {
        let report = alarm.report()
        let earlier = try await beginWriting(report)
        async let result = store.complete(report)
        try await waitForLockWait(in: "INSERT INTO MONITOR_EVENT")
        try await earlier.run("COMMIT")
        #expect(try await result == CompletionResult(alarm: .alreadyClear, breakerApplied: false))
        #expect(
            try await database.root.scalar("SELECT COUNT(*) FROM MONITOR_EVENT WHERE completion_id IS NOT NULL") == "1")
    }

    @Test func `raised and committed before the clearing`() async throws {
        try await database.root.run(Self.raising)
        #expect(try await store.complete(alarm.report()).alarm == .raisedAgain)
        #expect(try await store.poll().map(\.notes) == ["again"])
    }

    @Test func `raised before the clearing, committed while it waits`() async throws {
        let application = database.server.client(database: database.name)
        try await application.run(["BEGIN", Self.raising])
        async let result = store.complete(alarm.report())
        try await waitForLockWait(in: "UPDATE STATUS_PROCESS SET alarma = 0")
        try await application.run("COMMIT")
        #expect(try await result.alarm == .raisedAgain)
        #expect(try await store.poll().map(\.notes) == ["again"])
    }

    @Test func `raised before the clearing, rolled back while it waits`() async throws {
        let application = database.server.client(database: database.name)
        try await application.run(["BEGIN", Self.raising])
        async let result = store.complete(alarm.report())
        try await waitForLockWait(in: "UPDATE STATUS_PROCESS SET alarma = 0")
        try await application.run("ROLLBACK")
        #expect(try await result.alarm == .cleared)
        #expect(try await store.poll().isEmpty)
    }

    @Test func `raised between the clearing and its commit`() async throws {
        let report = alarm.report()
        // Our transaction stands open after the clear.
        let obstacle = try await beginWriting(report)
        async let result = store.complete(report)
        try await waitForLockWait(in: "INSERT INTO MONITOR_EVENT")
        let application = database.server.client(database: database.name)
        async let raised: Void = application.run(Self.raising)
        try await waitForLockWait(in: Self.raising.prefix(40).description)
        try await obstacle.run("ROLLBACK")
        #expect(try await result.alarm == .cleared)
        try await raised
        #expect(try await store.poll().map(\.notes) == ["again"])
    }

    @Test func `raised after the clearing`() async throws {
        #expect(try await store.complete(alarm.report()).alarm == .cleared)
        try await database.root.run(Self.raising)
        #expect(try await store.poll().map(\.notes) == ["again"])
    }

    @Test func `raised all the time`() async throws {
        let rounds = 150
        let application = database.server.client(database: database.name)
        async let raised: Void = {
            for _ in 0..<rounds { try await application.run(Self.raising) }
        }()
        var lastCleared: Int64 = 0
        var number = 0
        func serve() async throws {
            for alarm in try await store.poll() {
                number += 1
                let report = alarm.report("one-\(number)")
                if try await store.complete(report).alarm == .cleared { lastCleared = alarm.revision ?? 0 }
            }
        }
        for _ in 0..<rounds { try await serve() }
        try await raised
        try await serve()
        // The one of the set-up, and those of the loop: the last one of all was served.
        #expect(lastCleared == Int64(rounds) + 1)
        #expect(try await store.poll().isEmpty)
    }

    @Test func `written together, reports wait for no row of the application's: it is never refused`() async throws {
        _ = try await store.addProcess(ProcessName("mail"), id: 2)
        let reports = [alarm.report("one-1"), try await store.raise(2).report("one-2")]
        let application = database.server.client(database: database.name)
        // It takes the rows in the order that would deadlock with ours, if we waited.
        try await application.run(["BEGIN", "UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 2"])
        let error = try await #require(throws: StoreError.self) { try await store.complete(reports) }
        #expect(error.code == .busy)
        #expect(
            try await database.root.scalar("SELECT COUNT(*) FROM MONITOR_EVENT WHERE completion_id IS NOT NULL") == "0")
        try await application.run(["UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1", "COMMIT"])
        // It has raised both again by that.
        #expect(try await store.complete(reports).map(\.alarm) == [.raisedAgain, .raisedAgain])
    }

    @Test func `an application that raises many at once does not fail`() async throws {
        for id in 2...50 { _ = try await store.addProcess(ProcessName("p\(id)"), id: Int64(id)) }
        let application = database.server.client(database: database.name)
        async let raised: Void = {
            for _ in 0..<15 { try await application.run("UPDATE STATUS_PROCESS SET alarma = 1, notes = 'all'") }
        }()
        for round in 0..<15 {
            let reports = try await store.poll().map { $0.report("one-\(round)-\($0.processID)") }
            guard (try? await store.complete(reports)) == nil else { continue }
            for report in reports { _ = try await store.complete(report) }
        }
        try await raised
    }
}
