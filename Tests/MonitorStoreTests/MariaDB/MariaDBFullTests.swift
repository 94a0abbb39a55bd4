import MonitorCore
import MonitorStore
import MonitorStoreConformance
import TestSupport
import Testing

/// A server whose disk has no room left.
@Suite(.needsMariaDB, .needsMount) struct MariaDBFullTests {
    @Test func `a full disk takes no outcome, loses none, and takes it when there is room again`() async throws {
        let disk = try SmallDisk(megabytes: 200)
        // One with a binary log waits a minute for room, and says nothing until then.
        let server = try MariaDBServer(options: ["--skip-log-bin"], data: "\(disk.path)/data")
        let scene = try await SQLScene.make(.mariadb, on: server)
        var settings = scene.settings
        settings.queryTimeout = .seconds(2)
        let store = scene.makeStore(host: "here", settings: settings)
        _ = try await store.open()
        let alarm = try await store.raise(1)
        try disk.fill()
        // The server's files have some room of their own.
        var number = 0
        let error = try await #require(throws: StoreError.self) {
            while number < 10_000 {
                number += 1
                let report = alarm.report(
                    "fill-\(number)", outcome: .failed, detail: String(repeating: "x", count: 2000))
                _ = try await store.complete(report)
            }
        }
        #expect(error.code == .unwritable, "\(error)")
        #expect(try await store.poll().count == 1, "reading goes on meanwhile")
        disk.empty()
        let last = try #require(try await store.poll().first)
        #expect(try await store.complete(last.report("last")).alarm == .cleared)
        let outcomes = try await store.history(of: nil, limit: 20_000)
            .filter { $0.kind == .failed || $0.kind == .recovered }
        #expect(outcomes.count == number)
    }
}
