import MonitorCore
import MonitorStoreConformance
import TestSupport
import Testing

@testable import MonitorStore

/// What a poll costs the server, on ten thousand processes.
///
/// On a server of its own: the server counts for all of its databases.
@Suite(.needsMariaDB, .serialized) struct MariaDBPollTests {
    private static let processes = 10_000

    private let database: TestDatabase
    private let store: any AlarmStore & ControlStore

    init() async throws {
        database = try await Self.server.value.makeDatabase()
        store = try await database.initializedStore(addsIndex: true)
        try await database.root.run([
            "INSERT INTO PROCESE SELECT seq, CONCAT('p', seq) FROM seq_1_to_\(Self.processes)",
            "INSERT INTO STATUS_PROCESS (process_id) SELECT process_id FROM PROCESE",
        ])
        try await database.root.rows("ANALYZE TABLE STATUS_PROCESS")
        _ = try await store.poll()
    }

    private static let server = Task.detached { try MariaDBServer() }

    /// The server's counters that begin so.
    private func counters(_ pattern: String) async throws -> [String: Int] {
        let rows = try await database.root.rows("SHOW GLOBAL STATUS LIKE '\(pattern)'")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0] ?? "", Int($0[1] ?? "") ?? 0) })
    }

    /// By how much the counters grow in a piece of work, reading them left out.
    private func growth(of pattern: String, in work: () async throws -> Void) async throws -> [String: Int] {
        func measured(_ work: () async throws -> Void) async throws -> [String: Int] {
            let before = try await counters(pattern)
            try await work()
            return try await counters(pattern).merging(before, uniquingKeysWith: -)
        }
        let idle = try await measured {}
        return try await measured(work).merging(idle, uniquingKeysWith: -)
    }

    @Test func `a poll is one execution of a statement that stays prepared`() async throws {
        let growth = try await growth(of: "Com\\\\_%") {
            for _ in 0..<10 { _ = try await store.poll() }
        }
        #expect(growth.filter { $0.value != 0 } == ["Com_stmt_execute": 10, "Com_select": 10])
    }

    @Test func `reports that come together are one transaction, five statements each`() async throws {
        func cost(of count: Int64, from first: Int64) async throws -> [String: Int] {
            try await store.raise(Array(first..<first + count), .act(of: "ann", note: "down"))
            let alarms = try await store.poll()
            for alarm in alarms { #expect(try await store.claim(alarm.claimRequest()) == .claimed) }
            return try await growth(of: "Com\\\\_%") {
                _ = try await store.complete(alarms.map { $0.report("here-\($0.processID)") })
            }.filter { $0.value != 0 }
        }
        // Of a process that has no breaker's row yet, which is made then. Of both kinds one, so that all statements are prepared.
        for (count, first) in [(Int64(1), Int64(100)), (2, 200)] { _ = try await cost(of: count, from: first) }
        let alone = [
            "Com_begin": 1, "Com_stmt_execute": 5, "Com_update": 2, "Com_delete": 1, "Com_insert": 2, "Com_commit": 1,
        ]
        let one = try await cost(of: 1, from: 300)
        #expect(one == alone, "\(one)")
        let together = [
            "Com_begin": 1, "Com_stmt_execute": 180, "Com_select": 30, "Com_update": 60, "Com_delete": 30,
            "Com_insert": 60, "Com_commit": 1,
        ]
        let thirty = try await cost(of: 30, from: 400)
        #expect(thirty == together, "\(thirty)")
    }

    @Test(arguments: [0, 3])
    func `a poll reads no more rows than there are alarms`(alarms: Int) async throws {
        try await store.raise((1...Int64(3)).prefix(alarms).map { $0 * 1000 }, .act(of: "ann", note: "down"))
        let growth = try await growth(of: "Handler\\\\_read%") {
            let found = try await store.poll()
            #expect(found.count == alarms)
        }
        #expect(growth["Handler_read_rnd_next"] == 0, "no table is read from end to end")
        #expect(growth["Handler_read_first"] == 0)
        // A step to the next in the index for each alarm, the last one finds the end.
        #expect(try #require(growth["Handler_read_next"]) == alarms)
        // Name, revision, breaker, claim and hold of each.
        #expect(try #require(growth["Handler_read_key"]) <= 1 + 5 * alarms)
    }

    @Test func `the plan goes by the index, then by keys`() async throws {
        try await store.raise([1000, 2000, 3000], .act(of: "ann", note: "down"))
        let tables = TableNames.specified
        let poll = AlarmSQL(.mariadb, tables, persistsState: true, countsRevisions: true).poll
        let plan = try await database.root.rows("EXPLAIN \(poll)")
        // Columns: id, select_type, table, type, possible_keys, key, key_len, ref, rows, Extra.
        #expect(plan.map { $0[2] } == ["s", "p", "m", "b", "c", "h"])
        #expect(plan.map { $0[3] } == ["ref", "eq_ref", "eq_ref", "eq_ref", "eq_ref", "eq_ref"])
        #expect(plan.first?[5] == Schema.alarmIndex)
    }
}
