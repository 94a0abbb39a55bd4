import MetricsTestKit
import MonitorCore
import MonitorMetrics
import MonitorStoreConformance
import TestSupport
import Testing

@Suite struct MeteredStoreTests {
    private let metrics = TestMetrics()
    private let memory = InMemoryStore(processes: [1: "web", 2: "mail", 3: "db"])

    @Test func `alarms, open breakers and the time of a poll are measured at each poll`() async throws {
        let store = MeteredStore(memory, factory: metrics)
        await memory.setAlarm([1, 2], note: nil)
        let alarms = try await store.poll()
        #expect(try metrics.expectMeter("monitor_alarms").lastValue == 2)
        #expect(try metrics.expectMeter("monitor_breakers_open").lastValue == 0)
        let open = CircuitBreaker(state: .open(until: Timestamp(milliseconds: .max)), failures: 3)
        _ = try await store.complete(alarms[0].report("here-1", outcome: .failed, breaker: open))
        await memory.setAlarm([3], note: nil)
        _ = try await store.poll()
        #expect(try metrics.expectMeter("monitor_alarms").lastValue == 3)
        #expect(try metrics.expectMeter("monitor_breakers_open").lastValue == 1)
        #expect(try metrics.expectTimer("monitor_poll_duration").values.count == 2)
    }

    @Test func `recoveries are counted by outcome, and what is only said again is not`() async throws {
        let store = MeteredStore(memory, factory: metrics)
        await memory.setAlarm([1, 2], note: nil)
        let alarms = try await store.poll()
        var again = alarms[0].report("here-3", outcome: .failed)
        again.isRepeat = true
        _ = try await store.complete([
            alarms[0].report("here-1", outcome: .failed), alarms[1].report("here-2"), again,
        ])
        func count(_ outcome: RecoveryOutcome) throws -> Int64 {
            try metrics.expectCounter("monitor_recoveries_total", [("outcome", outcome.rawValue)]).totalValue
        }
        #expect(try count(.recovered) == 1)
        #expect(try count(.failed) == 1)
        #expect(try count(.refused) == 0)
    }

    @Test func `a call that fails is counted by its code, and its outcome is not`() async throws {
        let store = MeteredStore(FailingStore(), factory: metrics)
        await #expect(throws: StoreError.self) { try await store.poll() }
        let alarm = Alarm(processID: 1, name: "web")
        await #expect(throws: StoreError.self) { try await store.complete(alarm.report()) }
        let failures = try metrics.expectCounter("monitor_store_failures_total", [("code", "unreachable")])
        #expect(failures.totalValue == 2)
        #expect(metrics.counterTotal(label: "monitor_recoveries_total") == 0)
        #expect(try metrics.expectTimer("monitor_poll_duration").values.isEmpty)
    }

    /// All that a store does goes through the meter.
    private struct MeteredScene: StoreScene {
        let scene = InMemoryScene()
        func makeStore() async throws -> any AlarmStore { MeteredStore(scene.makeStore(), factory: TestMetrics()) }
        func raise(_ processID: Int64, note: String?) async throws { await scene.raise(processID, note: note) }
        func clear(_ processID: Int64) async throws { await scene.clear(processID) }
        func row(_ processID: Int64) async throws -> StatusRow { try await scene.row(processID) }
    }

    @Test(arguments: AlarmStoreConformance.behaviours)
    func `it behaves as every store does`(_ behaviour: AlarmStoreConformance.Behaviour) async throws {
        try await behaviour.check(MeteredScene())
    }
}

/// A store that is away.
private struct FailingStore: AlarmStore {
    private let error = StoreError(.unreachable, "cannot reach the database", reason: "a test took it away")

    func open() async throws(StoreError) -> StoreCapabilities { throw error }
    func poll() async throws(StoreError) -> [Alarm] { throw error }
    func claim(_ request: ClaimRequest) async throws(StoreError) -> ClaimResult { throw error }
    func complete(_ completions: [Completion]) async throws(StoreError) -> [CompletionResult] { throw error }
    func revision(of processID: Int64) async throws(StoreError) -> Int64? { throw error }
    func heartbeat(_ heartbeat: Heartbeat) async throws(StoreError) { throw error }
    func close() {}
}
