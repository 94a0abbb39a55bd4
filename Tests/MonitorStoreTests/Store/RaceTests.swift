import Dispatch
import MonitorCore
import MonitorStore
import MonitorStoreConformance
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

    /// Whether an application's statement hangs, which here means that it waits for a lock of ours.
    private func isHanging(in scene: SQLScene) throws -> Bool {
        let query = """
            SELECT COUNT(*) FROM information_schema.processlist \
            WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE 'UPDATE STATUS_PROCESS%' AND time_ms > 30
            """
        return try scene.sql(query)[0][0].integer != 0
    }

    private func raise(_ id: Int64, beside other: Int64, _ times: Int, in scene: SQLScene) throws {
        let connection = try scene.connection()
        for _ in 0..<times {
            try connection.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id IN (\(id), \(other))")
        }
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
        var results: [CompletionResult.AlarmResult] = []
        var number = 1
        while true {
            try scene.raise(1, note: "down")
            let alarm = try #require(try await store.poll().first)
            #expect(try await store.claim(alarm.claimRequest()) == .claimed)
            let application = Application()
            let raised = Mutex(false)
            observer.onStatement { [number] _, current, moment in
                guard current == number, moment == .before else { return }
                raised.withLock { $0 = true }
                application.raise(1, in: scene)
                // Either it is through, or it waits for a lock of ours.
                try? eventually { try !application.isWaiting || isHanging(in: scene) }
            }
            let result = try await store.complete(alarm.report("here-\(number)"))
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

    /// What the daemons of a storm tell one another.
    private final class Storm: Sendable {
        private let over = Atomic(false)
        private let cleared = Mutex<[Int64: Int64]>([:])

        var isOver: Bool { over.load(ordering: .sequentiallyConsistent) }
        func end() { over.store(true, ordering: .sequentiallyConsistent) }

        func clear(_ alarm: Alarm) {
            cleared.withLock { $0[alarm.processID] = max($0[alarm.processID] ?? 0, alarm.revision ?? 0) }
        }

        /// The last revision that was cleared.
        func revision(of processID: Int64) -> Int64? { cleared.withLock { $0[processID] } }
    }

    /// Clears what it finds until the storm is over, and once more.
    private func serve(_ store: any AlarmStore, as instance: String, in storm: Storm) async throws {
        var count = 0
        var isLast = false
        while !isLast {
            isLast = storm.isOver
            for alarm in try await store.poll() {
                count += 1
                let result = try await store.complete(alarm.report("\(instance)-\(count)", by: instance))
                if result.alarm == .cleared { storm.clear(alarm) }
            }
        }
    }

    @Test func `under a storm of raises and two that clear, none is lost and none refused`() async throws {
        let scene = try await SQLScene.make(.mariadb)
        let stores = [
            try await AlarmStoreConformance.controlled(scene), try await AlarmStoreConformance.controlled(scene),
        ]
        let storm = Storm()
        try await withThrowingTaskGroup(of: Void.self) { daemons in
            for (number, store) in stores.enumerated() {
                daemons.addTask { try await serve(store, as: "here-\(number)", in: storm) }
            }
            try await withThrowingTaskGroup(of: Void.self) { applications in
                for id in AlarmStoreConformance.processes.keys {
                    applications.addTask { try raise(id, beside: 2, 150, in: scene) }
                }
                try await applications.waitForAll()
            }
            storm.end()
            try await daemons.waitForAll()
        }
        #expect(try await stores[0].poll().isEmpty)
        for row in try scene.sql("SELECT process_id, revision FROM MONITOR_ALARM") {
            let (id, revision) = (try #require(row[0].integer), try #require(row[1].integer))
            #expect(revision == (id == 2 ? 450 : 150))
            #expect(storm.revision(of: id) == revision, "the last raise of \(id) was cleared unseen")
        }
    }
}
