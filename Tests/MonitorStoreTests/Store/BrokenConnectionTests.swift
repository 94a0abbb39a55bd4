import MonitorCore
import MonitorStore
import MonitorStoreConformance
import Synchronization
import TestSupport
import Testing

/// The connection breaks before or after any statement: a call that is repeated has its effect once.
@Suite(.needsMariaDB) struct BrokenConnectionTests {
    private enum Break: CaseIterable {
        /// The server ends the connection before a statement is sent, or after it was answered.
        case before, after
        /// The server has executed the statement; nobody hears of it.
        case answerLost
    }

    /// Does something again and again, each time with the connection broken at another statement, until it is through
    /// undisturbed; where it throws it is repeated, as an engine does.
    ///
    /// - Returns: how often it threw.
    private func breakEverywhere(
        _ scene: SQLScene, prepare: (Int, SQLStore) async throws -> Alarm,
        _ call: (Alarm, Int, SQLStore) async throws -> Void, check: (Int) async throws -> Void
    ) async throws -> Int {
        let observer = StatementObserver()
        let store = try await scene.observedStore(observer)
        var (number, failures) = (0, 0)
        for kind in Break.allCases {
            for statement in 1...100 {
                number += 1
                let alarm = try await prepare(number, store)
                let isBroken = disturb(kind, at: statement, observer, scene)
                do {
                    try await call(alarm, number, store)
                } catch let error as StoreError {
                    #expect(error.code == .unreachable)
                    failures += 1
                    try await call(alarm, number, store)
                }
                let wasLast = !isBroken()
                observer.onStatement(nil)
                try await check(number)
                if wasLast { break }
            }
        }
        return failures
    }

    /// Breaks the connection at a statement, once.
    ///
    /// - Returns: whether that has happened.
    private func disturb(
        _ kind: Break, at statement: Int, _ observer: StatementObserver, _ scene: SQLScene
    ) -> () -> Bool {
        guard kind != .answerLost else {
            observer.loseAnswer(ofStatement: statement)
            return { observer.hasLostAnswer }
        }
        let broken = Broken()
        observer.onStatement { _, current, moment in
            guard current == statement, moment == (kind == .before ? .before : .after), broken.begins() else { return }
            for id in (try? scene.serverConnections()) ?? [] { _ = try? scene.sql("KILL \(id)") }
        }
        return { !broken.begins() }
    }

    /// What happens once.
    private final class Broken: Sendable {
        private let isBroken = Atomic(false)
        func begins() -> Bool { !isBroken.exchange(true, ordering: .sequentiallyConsistent) }
    }

    @Test func `an outcome`() async throws {
        let scene = try await SQLScene.make(.mariadb)
        let failures = try await breakEverywhere(scene) { number, store in
            try scene.raise(1, note: "down \(number)")
            let alarm = try await AlarmStoreConformance.alarm(1, in: store)
            #expect(try await store.claim(alarm.claimRequest()) == .claimed)
            return alarm
        } _: { alarm, number, store in
            let breaker = CircuitBreaker(failures: number)
            let result = try await store.complete(alarm.report("here-\(number)", breaker: breaker))
            #expect(result == CompletionResult(alarm: .cleared, breakerApplied: true))
        } check: { number in
            #expect(try scene.row(1) == StatusRow(alarm: false, notes: "recovered"))
            let completed = try scene.sql("SELECT COUNT(*) FROM MONITOR_EVENT WHERE completion_id IS NOT NULL")
            #expect(completed[0][0].integer == Int64(number))
            let row = try scene.sql("SELECT failures FROM MONITOR_BREAKER")[0]
            #expect(row == [.integer(Int64(number))])
            let claims = try scene.sql("SELECT 1 FROM MONITOR_CLAIM")
            #expect(claims.isEmpty)
        }
        #expect(failures >= 5)
    }

    @Test func `outcomes that are written together`() async throws {
        let scene = try await SQLScene.make(.mariadb)
        let failures = try await breakEverywhere(scene) { number, store in
            for id: Int64 in [1, 2] { try scene.raise(id, note: "down \(number)") }
            return try await AlarmStoreConformance.alarm(1, in: store)
        } _: { alarm, number, store in
            var other = alarm
            other.processID = 2
            let reports = [alarm.report("here-1-\(number)"), other.report("here-2-\(number)")]
            let results = try await store.complete(reports)
            #expect(results.map(\.alarm) == [.cleared, .cleared])
        } check: { number in
            let rows = [try scene.row(1), try scene.row(2)]
            #expect(rows.allSatisfy { $0 == StatusRow(alarm: false, notes: "recovered") })
            #expect(
                try scene.sql("SELECT COUNT(*) FROM MONITOR_EVENT WHERE completion_id IS NOT NULL")[0][0].integer == 2
                    * Int64(number))
        }
        #expect(failures >= 10)
    }

    @Test func `a beginning`() async throws {
        let scene = try await SQLScene.make(.mariadb)
        let failures = try await breakEverywhere(scene) { number, store in
            try scene.raise(1, note: "down \(number)")
            return try await AlarmStoreConformance.alarm(1, in: store)
        } _: { alarm, number, store in
            let result = try await store.claim(alarm.claimRequest(by: "here-\(number)"))
            #expect(result == .claimed)
        } check: { number in
            let row = try scene.sql("SELECT instance FROM MONITOR_CLAIM")[0]
            #expect(row == [.text("here-\(number)")])
        }
        #expect(failures >= 1)
    }

    @Test func `a connection that broke while nothing was asked is not noticed`() async throws {
        let scene = try await SQLScene.make(.mariadb)
        let store = try await AlarmStoreConformance.controlled(scene)
        try scene.raise(1, note: nil)
        for id in try scene.serverConnections() { try scene.sql("KILL \(id)") }
        #expect(try await store.poll().count == 1)
    }
}
