import Logging
import Synchronization
import TestSupport
import Testing

@testable import MonitorCore

@Suite struct EngineTests {
    let clock = TestClock()
    let strategy = ScriptedStrategy()

    func engine(
        _ store: some AlarmStore, health: any HealthCheck = ScriptedHealthCheck(), instance: String = "test",
        configure: (inout EngineSettings) -> Void = { _ in },
        onStatus: @escaping @Sendable (EngineStatus) -> Void = { _ in }
    ) -> Engine<TestClock> {
        var configuration = EngineSettings()
        configuration.processDefaults.maxAttempts = 1
        configuration.relapseWindow = .zero
        configuration.processDefaults.stableFor = .zero
        configure(&configuration)
        var options = EngineOptions(clock: clock)
        options.now = { [clock] in Timestamp(milliseconds: 1_700_000_000_000) + clock.now.offset }
        options.onStatus = onStatus
        return Engine(
            settings: configuration, store: store,
            parts: RecoveryParts(strategy: strategy, healthCheck: health),
            identity: DaemonIdentity(host: "here", instance: instance, pid: 1, version: "test"),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), options: options)
    }

    func store(inAlarm names: String...) async -> InMemoryStore { await store(inAlarm: names) }

    func store(inAlarm names: [String]) async -> InMemoryStore {
        let processes = Dictionary(uniqueKeysWithValues: names.enumerated().map { (Int64($0), $1) })
        let clock = clock
        let store = InMemoryStore(
            processes: processes, now: { Timestamp(milliseconds: 1_700_000_000_000) + clock.now.offset })
        await store.setAlarm(Array(processes.keys), note: nil)
        return store
    }

    func alarms(_ store: InMemoryStore) async -> [String] { await store.poll().compactMap(\.name) }

    @Test func `an alarm is recovered, cleared, noted and remembered`() async throws {
        let store = await store(inAlarm: "a")
        #expect(try await engine(store).runOnce())
        #expect(await alarms(store).isEmpty)
        let status = try #require(await store.processes(named: nil).first)
        #expect(status.notes?.contains("recovered: restarted, healthy") == true)
        #expect(status.last?.kind == .recovered)
    }

    @Test func `a failed recovery leaves the alarm, counts, and opens the breaker in the end`() async throws {
        let store = await store(inAlarm: "a")
        try strategy.answer("a", .failed("no"))
        let engine = engine(store)
        for _ in 1...5 { #expect(try await !engine.runOnce()) }
        #expect(try strategy.count("a") == 3)
        #expect(await alarms(store) == ["a"])
        let breaker = try #require(await store.processes(named: nil).first?.breaker)
        #expect(breaker.failures == 3)
        guard case .open = breaker.state else { return #expect(Bool(false), "\(breaker)") }
    }

    @Test func `an alarm raised again during its recovery is still there afterwards`() async throws {
        let store = await store(inAlarm: "a")
        let again = ScriptedHealthCheck(meanwhile: { _ in await store.setAlarm([0], note: "again") })
        _ = try await engine(store, health: again).runOnce()
        #expect(await alarms(store) == ["a"])
        #expect(await store.processes(named: nil).first?.notes == "again")
    }

    @Test(.timeLimit(.minutes(1))) func `a call to poll that comes during a poll is not lost`() async throws {
        let inner = InMemoryStore(processes: [0: "a"], now: { Timestamp(milliseconds: 1_700_000_000_000) })
        let store = FlakyStore(inner)
        let engine = engine(store)
        await store.duringNextPoll {
            await inner.setAlarm([0], note: nil)
            engine.pollNow()
        }
        let running = Task { await engine.run() }
        await clock.waitForSleepers(1)
        clock.advance(by: PollSchedule<TestClock.Instant>.spacing)
        for await _ in strategy.calls { break }
        await engine.stop()
        await running.value
    }

    @Test func `a process that hangs delays no other`() async throws {
        let store = await store(inAlarm: (0..<200).map { "p\($0)" })
        try strategy.hang("p0")
        let engine = engine(store)
        let running = Task { await engine.run() }
        var seen = 0
        for await _ in strategy.calls {
            seen += 1
            if seen == 200 { break }
        }
        while await store.poll().count > 1 { await Task.yield() }
        #expect(await alarms(store) == ["p0"])
        running.cancel()
        await running.value
        #expect(await alarms(store) == ["p0"])
        let status = await store.processes(named: ["p0"]).first
        #expect(status?.last?.kind == .interrupted)
    }

    @Test func `no more recoveries run at once than configured`() async throws {
        let store = await store(inAlarm: "a", "b", "c")
        for name in ["a", "b", "c"] { try strategy.hang(name) }
        let engine = engine(store) { $0.maxConcurrentRestarts = 2 }
        let running = Task { await engine.run() }
        await waitForCalls(2)
        // The loop sleeps: nothing more is started.
        await clock.waitForSleepers(1)
        #expect(await engine.scheduler.running.count == 2)
        #expect(await engine.scheduler.waiting.count == 1)
        running.cancel()
        await running.value
    }

    @Test func `an outcome reached while the database is away is written once, when it is back`() async throws {
        let memory = await store(inAlarm: "a")
        let store = FlakyStore(memory)
        let health = ScriptedHealthCheck(meanwhile: { _ in await store.fail(with: .away) })
        let engine = engine(store, health: health)
        let running = Task { await engine.run() }
        await waitForCalls(1)
        while await !engine.outbox.isBlocked { await Task.yield() }
        #expect(await alarms(memory) == ["a"])
        await store.fail(with: nil)
        while await !alarms(memory).isEmpty {
            clock.advance(by: .seconds(1))
            await Task.yield()
        }
        #expect(await engine.outbox.isEmpty)
        #expect(await memory.history(of: nil, limit: 10).count == 1)
        #expect(try strategy.count("a") == 1)
        running.cancel()
        await running.value
    }

    /// Has so many recoveries end while the outcome of the first one is being written.
    private func endTogether(
        _ count: Int, in store: FlakyStore
    ) async -> (Engine<TestClock>, Task<Void, Never>) {
        await store.hold(true)
        let engine = engine(store) { $0.maxConcurrentRestarts = count }
        let running = Task { await engine.run() }
        while await engine.outbox.count < count { await Task.yield() }
        await store.hold(false)
        return (engine, running)
    }

    @Test func `outcomes that are ready while one is written are written together, a bounded number each time`()
        async throws
    {
        let memory = await store(inAlarm: (0..<100).map { "p\($0)" })
        let store = FlakyStore(memory)
        let (engine, running) = await endTogether(100, in: store)
        while await !alarms(memory).isEmpty { await Task.yield() }
        let limit = Outbox<TestClock.Instant>.batchSize
        #expect(await store.attempted.map(\.count) == [1, limit, limit, limit, 99 - 3 * limit])
        while await !engine.scheduler.running.isEmpty { await Task.yield() }
        #expect(await engine.outbox.isEmpty)
        running.cancel()
        await running.value
    }

    @Test func `an outcome that spoils those written with it costs none of them`() async throws {
        let memory = await store(inAlarm: (0..<20).map { "p\($0)" })
        let store = FlakyStore(memory)
        await store.refuse("p7")
        let (_, running) = await endTogether(20, in: store)
        while await alarms(memory).count > 1 {
            clock.advance(by: .milliseconds(100))
            await Task.yield()
        }
        #expect(await alarms(memory) == ["p7"])
        #expect(await memory.history(of: nil, limit: 100).count == 19)
        // It is tried once more, then given up, and its process served again.
        while try strategy.count("p7") < 2 {
            clock.advance(by: .seconds(1))
            for _ in 0..<100 { await Task.yield() }
        }
        #expect(try strategy.count("p6") == 1)
        running.cancel()
        await running.value
    }

    @Test func `polls that are requested again and again are few, and none is forgotten`() async throws {
        let memory = await store(inAlarm: [])
        let store = FlakyStore(memory)
        let engine = engine(store)
        let running = Task { await engine.run() }
        await clock.waitForSleepers(1)
        let before = await store.polls
        let spacing = PollSchedule<TestClock.Instant>.spacing
        for round in 1...5 {
            for _ in 0..<10_000 { engine.pollNow() }
            while await store.polls < before + round {
                clock.advance(by: spacing)
                await Task.yield()
            }
            await clock.waitForSleepers(1)
        }
        #expect(await store.polls <= before + 10)
        running.cancel()
        await running.value
    }

    @Test func `a storm's status is told now and then, and in the end as it is`() async throws {
        let told = Mutex<[EngineStatus]>([])
        let memory = await store(inAlarm: (0..<300).map { "p\($0)" })
        let engine = engine(
            memory, configure: { $0.maxConcurrentRestarts = 10 },
            onStatus: { status in told.withLock { $0.append(status) } })
        let running = Task { await engine.run() }
        while await !alarms(memory).isEmpty { await Task.yield() }
        while told.withLock({ $0.last?.description.hasPrefix("0 in alarm, 0 recovering, 300 recovered") }) != true {
            await clock.waitForSleepers(1)
            clock.advance(by: .milliseconds(50))
        }
        #expect(told.withLock(\.count) < 10)
        running.cancel()
        await running.value
    }

    @Test func `a kept outcome never clears a newer alarm`() async throws {
        let memory = await store(inAlarm: "a")
        let store = FlakyStore(memory)
        let health = ScriptedHealthCheck(meanwhile: { _ in
            await store.fail(with: .away)
            await memory.setAlarm([0], note: "newer")
        })
        let engine = engine(store, health: health)
        await #expect(throws: StoreError.self) { try await engine.runOnce() }
        await store.fail(with: nil)
        try await engine.writeKept()
        #expect(await alarms(memory) == ["a"])
        #expect(await memory.processes(named: nil).first?.notes == "newer")
    }

    @Test func `without a record of its beginning, a process is not touched`() async throws {
        let memory = await store(inAlarm: "a")
        let store = FlakyStore(memory)
        let engine = engine(store)
        try await engine.poll()
        await store.fail(with: .away)
        let job = try #require(await engine.scheduler.waiting.first)
        #expect(await !engine.recover(job))
        #expect(try strategy.count("a") == 0)
    }

    @Test func `an outcome that the database refuses for good keeps no other process waiting`() async throws {
        let memory = await store(inAlarm: "a")
        let store = FlakyStore(memory)
        let refusal = StoreError(.rejected, "cannot record the recovery", reason: "a test refuses it")
        let engine = engine(store, health: ScriptedHealthCheck(meanwhile: { _ in await store.fail(with: refusal) }))
        _ = try await engine.runOnce()
        #expect(await engine.outbox.isEmpty)
        #expect(await alarms(memory) == ["a"])
    }

    @Test func `a stop lets recoveries end for a moment, then cuts them off; their alarms stand`() async throws {
        let store = await store(inAlarm: "a")
        try strategy.hang("a")
        let engine = engine(store)
        let running = Task { await engine.run() }
        await waitForCalls(1)
        await engine.stop()
        while await !engine.scheduler.running.isEmpty {
            clock.advance(by: .milliseconds(100))
            await Task.yield()
        }
        await running.value
        #expect(await alarms(store) == ["a"])
        #expect(await store.processes(named: nil).first?.last?.kind == .interrupted)
        #expect(await store.processes(named: nil).first?.breaker.failures == 0)
        #expect(await store.daemon()?.state == .stopped)
    }

    @Test func `what a daemon that was killed had begun, the next one finishes`() async throws {
        let store = await store(inAlarm: "a")
        // The first daemon got as far as recording the beginning.
        let alarm = try #require(await store.poll().first)
        let start = ClaimRequest(
            processID: 0, instance: "killed", startedAt: Timestamp(milliseconds: 0), breaker: alarm.breaker,
            expectedGeneration: 0)
        #expect(await store.claim(start) == .claimed)
        #expect(try await engine(store, instance: "next").runOnce())
        #expect(await alarms(store).isEmpty)
        #expect(await store.processes(named: nil).first?.claim == nil)
    }

    @Test func `what another daemon recovers is left to it, and taken over when that one is gone`() async throws {
        let store = await store(inAlarm: "a")
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        let other = DaemonIdentity(host: "here", instance: "other", pid: 2, version: "test")
        await store.heartbeat(
            Heartbeat(
                daemon: other, state: .running, startedAt: start, lastPoll: nil, leaseExpiresAt: start + .seconds(60)))
        let alarm = try #require(await store.poll().first)
        let begun = ClaimRequest(
            processID: 0, instance: "other", startedAt: start, breaker: alarm.breaker, expectedGeneration: 0)
        #expect(await store.claim(begun) == .claimed)
        let flaky = FlakyStore(store)
        let engine = engine(flaky) { $0.checkInterval = .seconds(3600) }
        let running = Task { await engine.run() }
        while await !alarms(store).isEmpty {
            await clock.waitForSleepers(1)
            clock.advance(by: .seconds(1))
            for _ in 0..<100 { await Task.yield() }
            if clock.now.offset < .seconds(60) { #expect(try strategy.count("a") == 0) }
        }
        #expect(try strategy.count("a") == 1)
        #expect(clock.now.offset < .seconds(180))
        // It asks now and then, not all the time.
        #expect(await flaky.begins < 10)
        running.cancel()
        await running.value
    }

    @Test func `a single run signs, so that another daemon leaves to it what it begins`() async throws {
        let store = await store(inAlarm: "a")
        let health = ScriptedHealthCheck(meanwhile: { _ in #expect(await store.daemon()?.state == .running) })
        #expect(try await engine(store, health: health).runOnce())
        #expect(await store.daemon()?.state == .stopped)
    }

    @Test func `a breaker that opens late is tried when its time is over, without waiting for the interval`()
        async throws
    {
        let store = await store(inAlarm: "a")
        try strategy.answer("a", .failed("no"))
        let engine = engine(store) {
            $0.maxRestartFailures = 1
            $0.circuitResetTime = .seconds(20)
            $0.checkInterval = .seconds(3600)
        }
        let running = Task { await engine.run() }
        await waitForCalls(1)
        try strategy.answer("a", .restarted("restarted"))
        while try strategy.count("a") < 2 {
            await clock.waitForSleepers(1)
            clock.advance(by: .seconds(1))
            for _ in 0..<100 { await Task.yield() }
        }
        #expect(clock.now.offset >= .seconds(20) && clock.now.offset < .seconds(3600))
        running.cancel()
        await running.value
    }

    @Test func `a loop or a recovery that hangs is not progress; a slow one within its limits is`() async throws {
        let store = await store(inAlarm: "a")
        try strategy.hang("a")
        let engine = engine(store)
        let running = Task { await engine.run() }
        await waitForCalls(1)
        var settings = ProcessSettings()
        settings.maxAttempts = 1
        let limit = settings.longestRecovery
        while clock.now.offset < limit {
            #expect(await engine.isMakingProgress())
            await clock.waitForSleepers(1)
            clock.advance(by: .seconds(30))
        }
        clock.advance(by: Engine<TestClock>.margin + .seconds(30))
        #expect(await !engine.isMakingProgress())
        running.cancel()
        await running.value
    }

    func waitForCalls(_ count: Int) async {
        var seen = 0
        for await _ in strategy.calls {
            seen += 1
            if seen == count { return }
        }
    }
}
