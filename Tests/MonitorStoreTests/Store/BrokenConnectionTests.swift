import MonitorCore
import MonitorStore
import Synchronization
import TestSupport
import Testing

/// The connection breaks before or after any statement: a call that is repeated has its effect once.
@Suite(.mariaDB) struct BrokenConnectionTests {
    /// Does something again and again, each time with the connection broken at another statement, until it is through
    /// undisturbed; where it throws it is repeated, as an engine does.
    private func breakEverywhere(
        _ scene: SQLScene, prepare: (Int, SQLStore) async throws -> Alarm,
        _ call: (Alarm, Int, SQLStore) async throws -> Void, check: (Int) async throws -> Void
    ) async throws -> Int {
        let observer = StatementObserver()
        let store = try await scene.observedStore(observer)
        var (number, failures) = (0, 0)
        for moment in [StatementObserver.Moment.before, .after] {
            for target in 1...100 {
                number += 1
                let alarm = try await prepare(number, store)
                let isBroken = Mutex(false)
                observer.onStatement { [target] _, current, met in
                    guard current == target, met == moment, isBroken.withLock({ !$0 }) else { return }
                    isBroken.withLock { $0 = true }
                    for id in (try? scene.serverConnections()) ?? [] { _ = try? scene.sql("KILL \(id)") }
                }
                do {
                    try await call(alarm, number, store)
                } catch let error as StoreError {
                    #expect(error.code == .unreachable)
                    failures += 1
                    try await call(alarm, number, store)
                }
                observer.onStatement(nil)
                try await check(number)
                if isBroken.withLock({ !$0 }) { break }
            }
        }
        return failures
    }

    @Test func `an outcome`() async throws {
        let scene = try await SQLScene.make(.mariadb)
        let failures = try await breakEverywhere(scene) { number, store in
            try scene.raise(1, note: "down \(number)")
            let alarm = try await AlarmStoreConformance.alarm(1, in: store)
            #expect(try await store.begin(alarm.start()) == .begun)
            return alarm
        } _: { alarm, number, store in
            let breaker = CircuitBreaker(failures: number)
            let result = try await store.finish(alarm.report("here-\(number)", breaker: breaker))
            #expect(result == FinishResult(alarm: .cleared, breakerApplied: true))
        } check: { number in
            #expect(try scene.row(1) == StatusRow(alarm: false, notes: "recovered"))
            #expect(try scene.sql("SELECT COUNT(*) FROM MONITOR_HISTORY")[0][0].integer == Int64(number))
            let row = try scene.sql("SELECT failures, in_flight_since FROM MONITOR_BREAKER")[0]
            #expect(row == [.integer(Int64(number)), .null])
        }
        #expect(failures >= 5)
    }

    @Test func `a beginning`() async throws {
        let scene = try await SQLScene.make(.mariadb)
        let failures = try await breakEverywhere(scene) { number, store in
            try scene.raise(1, note: "down \(number)")
            return try await AlarmStoreConformance.alarm(1, in: store)
        } _: { alarm, number, store in
            let result = try await store.begin(alarm.start(by: "here-\(number)"))
            #expect(result == .begun)
        } check: { number in
            let row = try scene.sql("SELECT in_flight_instance FROM MONITOR_BREAKER")[0]
            #expect(row == [.text("here-\(number)")])
        }
        #expect(failures >= 1)
    }

    @Test func `a connection that broke while nothing was asked is not noticed`() async throws {
        let scene = try await SQLScene.make(.mariadb)
        let store = try await AlarmStoreConformance.opened(scene)
        try scene.raise(1, note: nil)
        for id in try scene.serverConnections() { try scene.sql("KILL \(id)") }
        #expect(try await store.poll().count == 1)
    }
}
