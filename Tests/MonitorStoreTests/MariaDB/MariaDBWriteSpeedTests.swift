import MonitorCore
import MonitorStoreConformance
import TestSupport
import Testing

/// On a server of its own, which is made to write as carefully as servers do.
///
/// Prints what outcomes cost that are written together, beside the same number one by one, measured in the same run.
@Suite(.needsMariaDB) struct MariaDBWriteSpeedTests {
    @Test func `outcomes written together cost less than one by one`() async throws {
        let server = try MariaDBServer()
        let database = try server.makeDatabase()
        // As servers are by default: a transaction is on the disk when it is answered.
        try await database.root.run("SET GLOBAL innodb_flush_log_at_trx_commit = 1, GLOBAL sync_binlog = 1")
        let store = try await database.initializedStore(addsIndex: true)
        let count = 320
        try await database.root.run([
            "INSERT INTO PROCESE SELECT seq, CONCAT('p', seq) FROM seq_1_to_\(count)",
            "INSERT INTO STATUS_PROCESS (process_id) SELECT process_id FROM PROCESE",
        ])
        func cost(of round: Int, together: Int) async throws -> Duration {
            try await store.raise(Array(1...Int64(count)), .act(of: "ann", note: "down"))
            let reports = try await store.poll().map { $0.report("here-\(round)-\($0.processID)") }
            return try await ContinuousClock().measure {
                for first in stride(from: 0, to: count, by: together) {
                    let results = try await store.complete(Array(reports[first..<first + together]))
                    #expect(results.allSatisfy { $0.alarm == .cleared })
                }
            }
        }
        // The first round also makes the rows of the breakers.
        _ = try await cost(of: 0, together: 32)
        let together = try await cost(of: 1, together: 32)
        let alone = try await cost(of: 2, together: 1)
        print("measured: \(count) outcomes, by 32 ÷ one by one: \(together / alone)")
        #expect(together < alone)
    }
}
