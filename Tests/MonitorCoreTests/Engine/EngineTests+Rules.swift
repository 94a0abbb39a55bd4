import Synchronization
import TestSupport
import Testing

@testable import MonitorCore

/// A health check whose answer a test may change, and that does something while it looks.
private final class ChangingHealthCheck: HealthCheck, Sendable {
    private let state: Mutex<(result: HealthResult, meanwhile: @Sendable () async -> Void)>

    init(_ result: HealthResult) { state = Mutex((result, {})) }

    func answer(_ result: HealthResult) { state.withLock { $0.result = result } }
    func whileChecking(_ body: @escaping @Sendable () async -> Void) { state.withLock { $0.meanwhile = body } }

    func check(_ process: MonitoredProcess, limit: Duration) async -> HealthResult {
        await state.withLock { $0.meanwhile }()
        return state.withLock { $0.result }
    }
}

extension EngineTests {
    @Test(.timeLimit(.minutes(1))) func `an alarm cleared during the last check cancels the recovery: no failure`()
        async throws
    {
        let store = await store(inAlarm: "a")
        let health = ChangingHealthCheck(.unhealthy("no"))
        let engine = engine(store, health: health) {
            $0.processDefaults.healthCheckTimeout = .zero
            $0.maxRestartFailures = 1
        }
        health.whileChecking { [clock] in
            await store.clearAlarm([0], note: "cleared by an operator", as: .alarmCleared, by: "ann")
            engine.pollNow()
            while await engine.inProgress.entries[0]?.withdrawal.isSet != true {
                clock.advance(by: .milliseconds(10))
                await Task.yield()
            }
        }
        let running = Task { await engine.run() }
        while await store.events(EventQuery(kinds: Event.Kind.outcomes, limit: 1)).isEmpty { await Task.yield() }
        let status = try #require(await store.processes(named: nil).first)
        #expect(status.last?.kind == .interrupted)
        #expect(status.breaker.failures == 0 && status.breaker.state == .closed)
        #expect(status.notes == "cleared by an operator")
        await engine.stop()
        await running.value
    }

    /// Whether the trial, after a recovery that could not even start the process, restarts it.
    private func trialRestarts(_ answer: RestartResult, checkBefore: HealthResult) async throws -> Bool {
        let store = await store(inAlarm: "a")
        try strategy.answer("a", answer)
        let health = ChangingHealthCheck(checkBefore)
        let engine = engine(store, health: health) {
            $0.maxRestartFailures = 1
            $0.circuitResetTime = .seconds(10)
            $0.processDefaults.healthCheckTimeout = .zero
        }
        let running = Task { await engine.run() }
        // Written, and over.
        while await store.events(EventQuery(kinds: Event.Kind.outcomes, limit: 1)).isEmpty { await Task.yield() }
        while await !engine.scheduler.running.isEmpty { await Task.yield() }
        health.answer(.healthy)
        try strategy.answer("a", .restarted("restarted"))
        while await !alarms(store).isEmpty {
            clock.advance(by: .seconds(1))
            await Task.yield()
        }
        await engine.stop()
        await running.value
        return try strategy.count("a") > 1
    }

    @Test(.timeLimit(.minutes(1))) func `what could not be started, and runs at its trial, is not restarted`()
        async throws
    {
        #expect(try await !trialRestarts(.failed("cannot start"), checkBefore: .unhealthy("does not run")))
    }

    @Test(.timeLimit(.minutes(1))) func `what was unhealthy, and is healthy at its trial, is not restarted`()
        async throws
    {
        #expect(try await !trialRestarts(.restarted("restarted"), checkBefore: .unhealthy("no")))
    }

    @Test(.timeLimit(.minutes(1))) func `what the check finds healthy though it is in alarm is restarted at its trial`()
        async throws
    {
        #expect(try await trialRestarts(.failed("cannot stop"), checkBefore: .healthy))
    }

    @Test(.timeLimit(.minutes(1)))
    func `an alarm raised while its outcome waits by itself is served when that is written`()
        async throws
    {
        let memory = await store(inAlarm: "a")
        let store = FlakyStore(memory)
        await store.refuse("a")
        let engine = engine(store) { $0.checkInterval = .seconds(3600) }
        let running = Task { await engine.run() }
        while await engine.outbox.nextDue == nil { await Task.yield() }
        await memory.setAlarm([0], note: "again")
        await store.refuse(nil)
        while try strategy.count("a") < 2 {
            try #require(clock.now.offset < .seconds(60))
            clock.advance(by: .milliseconds(10))
            await Task.yield()
        }
        await engine.stop()
        await running.value
    }

    @Test(.timeLimit(.minutes(1)))
    func `a job that hangs gives its slot to another, also where it is seen only after a while`() async throws {
        let store = await store(inAlarm: "a", "b", "c")
        for name in ["a", "b"] { try strategy.hang(name) }
        try strategy.waitForJob("a")
        let engine = engine(store) { $0.maxConcurrentRestarts = 2 }
        let running = Task { await engine.run() }
        await waitForCalls(2)
        func passCommandTimeout() async {
            await clock.waitForSleepers(1)
            clock.advance(by: ProcessSettings().commandTimeout)
            engine.pollNow()
        }
        await passCommandTimeout()
        await waitForCalls(1)
        #expect(await engine.scheduler.stuck == [0])
        // The service manager was slow to take it.
        try strategy.waitForJob("b")
        await passCommandTimeout()
        while await engine.scheduler.stuck != [0, 1] { await passCommandTimeout() }
        running.cancel()
        await running.value
    }
}
