import Dispatch
import MonitorCore
import MonitorStore
import Synchronization
import TestSupport
import Testing

/// An application raises an alarm while it is being cleared: the alarm is never lost, the application never refused.
@Suite(.needsMariaDB) struct RaceTests {
    /// What an application's statement came to, on a thread of its own because it may have to wait.
    private final class Application: Sendable {
        private let outcome = Mutex<Result<Void, any Error>?>(nil)
        private let isDone = DispatchSemaphore(value: 0)

        func raise(_ processID: Int64, in scene: SQLScene) {
            DispatchQueue.global().async { [self] in
                let result = Result { try scene.raise(processID, note: "newer") }
                outcome.withLock { $0 = result }
                isDone.signal()
            }
        }

        var isWaiting: Bool { outcome.withLock { $0 == nil } }

        func result() throws {
            guard isDone.wait(timeout: .now() + 20) == .success else { throw TestFailure("the application hangs") }
            try outcome.withLock { try $0?.get() }
        }
    }

    private func locksWaitedFor(in scene: SQLScene) throws -> Int64 {
        try scene.sql(
            """
            SELECT COUNT(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p \
            ON p.id = t.trx_mysql_thread_id WHERE t.trx_state = 'LOCK WAIT' AND p.db = ?
            """, .text(scene.settings.database))[0][0].integer ?? 0
    }

    private func eventually(_ condition: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(20)
        while try !condition() {
            guard ContinuousClock.now < end else { throw TestFailure("it did not happen") }
        }
    }

    @Test func `raised before or after any statement of the clear, the alarm stands in the end`() async throws {
        let scene = try await SQLScene.make(.mariadb)
        let observer = StatementObserver()
        let store = try await scene.observedStore(observer)
        var results: [FinishResult.AlarmResult] = []
        var number = 1
        while true {
            try scene.raise(1, note: "down")
            let alarm = try #require(try await store.poll().first)
            #expect(try await store.begin(alarm.start()) == .begun)
            let application = Application()
            let raised = Mutex(false)
            observer.onStatement { [number] _, current, moment in
                guard current == number, moment == .before else { return }
                raised.withLock { $0 = true }
                application.raise(1, in: scene)
                // Either it is through, or it waits for a lock of ours.
                try? eventually { try !application.isWaiting || locksWaitedFor(in: scene) > 0 }
            }
            let result = try await store.finish(alarm.report("here-\(number)"))
            observer.onStatement(nil)
            guard raised.withLock(\.self) else { break }
            try application.result()
            #expect(try scene.row(1) == StatusRow(alarm: true, notes: "newer"), "raised before statement \(number)")
            results.append(result.alarm)
            number += 1
        }
        // Both kinds were met: raised before our lock, and while it was held.
        #expect(results.contains(.raisedAgain) && results.contains(.cleared))
        #expect(results.count >= 5)
    }

    @Test(arguments: [true, false])
    func `a raise that commits, or not, while the clear waits for its row decides what becomes of the alarm`(
        commits: Bool
    ) async throws {
        let scene = try await SQLScene.make(.mariadb)
        let store = try await AlarmStoreConformance.opened(scene)
        // Also of an alarm that was never counted before: there is no row that the clear could find changed.
        for isCounted in [true, false] {
            try scene.raise(1, note: "down")
            if !isCounted { try scene.sql("DELETE FROM MONITOR_ALARM") }
            let alarm = try #require(try await store.poll().first)
            let application = try scene.connection()
            try application.run("START TRANSACTION")
            try application.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1")
            async let finished = store.finish(alarm.report("here-\(isCounted)"))
            try eventually { try locksWaitedFor(in: scene) > 0 }
            try application.run(commits ? "COMMIT" : "ROLLBACK")
            #expect(try await finished.alarm == (commits ? .raisedAgain : .cleared))
            #expect(try scene.row(1).alarm == commits)
            try scene.clear(1)
        }
    }

    @Test func `under a storm of raises and clears, none is lost and none refused`() async throws {
        let scene = try await SQLScene.make(.mariadb)
        let stores = [try await AlarmStoreConformance.opened(scene), try await AlarmStoreConformance.opened(scene)]
        let isOver = Atomic(false)
        let cleared = Mutex<[Int64: Int64]>([:])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, store) in stores.enumerated() {
                group.addTask {
                    var count = 0
                    // Once more when it is over, for the last.
                    while true {
                        let isLast = isOver.load(ordering: .sequentiallyConsistent)
                        for alarm in try await store.poll() {
                            count += 1
                            let result = try await store.finish(alarm.report("here-\(number)-\(count)"))
                            guard result.alarm == .cleared else { continue }
                            cleared.withLock { $0[alarm.processID] = max($0[alarm.processID] ?? 0, alarm.revision ?? 0) }
                        }
                        if isLast { return }
                    }
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { applications in
                for id in sceneProcesses.keys {
                    applications.addTask {
                        let connection = try scene.connection()
                        for _ in 0..<150 {
                            try connection.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id IN (\(id), 2)")
                        }
                    }
                }
                try await applications.waitForAll()
            }
            isOver.store(true, ordering: .sequentiallyConsistent)
            try await group.waitForAll()
        }
        #expect(try await stores[0].poll().isEmpty)
        for row in try scene.sql("SELECT process_id, revision FROM MONITOR_ALARM") {
            let (id, revision) = (try #require(row[0].integer), try #require(row[1].integer))
            #expect(revision == (id == 2 ? 450 : 150))
            #expect(cleared.withLock { $0[id] } == revision, "the last raise of \(id) was cleared unseen")
        }
    }
}
