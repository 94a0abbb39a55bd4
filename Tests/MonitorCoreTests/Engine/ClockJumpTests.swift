import Logging
import Synchronization
import TestSupport
import Testing

@testable import MonitorCore

/// The machine's clock is set by days, either way, while the daemon works and between two of its lives: nothing stays
/// open for ever, and nothing is lost.
@Suite struct ClockJumpTests {
    static let noon = Timestamp(milliseconds: 1_700_000_000_000)
    static let jumps: [Duration] = [.seconds(5 * 86400), .seconds(-5 * 86400)]
    let policy = BreakerPolicy(resetTime: .seconds(100), resetMax: .seconds(1000), trialLimit: .seconds(30))

    // MARK: - Between two lives

    @Test(arguments: jumps) func `an open breaker lets a trial through within its own time`(jump: Duration) {
        let now = Self.noon + jump
        var breaker = CircuitBreaker(state: .open(until: Self.noon + .seconds(100)), failures: 3, openings: 1)
        let first = breaker.admit(at: now, raisedAt: now, trialAbandoned: true, policy: policy, jitter: 0)
        guard jump < .zero else { return #expect(first.admission == .admitted(trial: true)) }
        #expect(first.admission == .refused(until: now + .seconds(100)))
        let end = now + .seconds(100)
        let second = breaker.admit(at: end, raisedAt: now, trialAbandoned: true, policy: policy, jitter: 0)
        #expect(second.admission == .admitted(trial: true))
    }

    @Test func `an open breaker that had grown keeps the time that it had grown to, and no more`() {
        var policy = policy
        policy.resetFactor = 2
        let now = Self.noon + .seconds(-5 * 86400)
        var breaker = CircuitBreaker(state: .open(until: Self.noon + .seconds(400)), failures: 5, openings: 3)
        let result = breaker.admit(at: now, raisedAt: now, trialAbandoned: true, policy: policy, jitter: 0)
        #expect(result.admission == .refused(until: now + .seconds(400)))
    }

    @Test(arguments: jumps) func `a trial that its daemon took along is tried again within its limit`(jump: Duration) {
        let now = Self.noon + jump
        var breaker = CircuitBreaker(state: .halfOpen(deadline: Self.noon + .seconds(30)), failures: 3, openings: 1)
        var moment = now
        var tries = 0
        // Past its deadline it is open for once more, at most.
        while breaker.admit(at: moment, raisedAt: now, trialAbandoned: true, policy: policy, jitter: 0).admission
            != .admitted(trial: true)
        {
            moment = moment + .seconds(50)
            tries += 1
            if tries > 10 { break }
        }
        #expect(moment - now <= .seconds(200 + 50))
    }

    @Test(arguments: jumps) func `a success counts at most one alarm as its relapse`(jump: Duration) {
        let now = Self.noon + jump
        var breaker = CircuitBreaker(failures: 1, provisionalSuccess: Self.noon)
        _ = breaker.admit(at: now, raisedAt: now, trialAbandoned: true, policy: policy, jitter: 0)
        #expect(breaker.failures <= 2 && breaker.provisionalSuccess == nil)
        #expect(breaker.state == .closed)
    }

    @Test(arguments: jumps) func `a daemon that is gone is waited for no longer than a lease`(jump: Duration)
        async throws
    {
        let now = Self.noon + jump
        let store = InMemoryStore(processes: [1: "a"], now: { now })
        await store.setAlarm([1], note: nil)
        await store.heartbeat(beat("old", at: Self.noon))
        #expect(await store.claim(start("old", at: Self.noon)) == .claimed)
        #expect(await store.claim(start("new", at: now)) == .claimed)
    }

    // MARK: - While it works

    @Test(arguments: jumps) func `a hold for an hour, made after the jump, lasts an hour`(jump: Duration) {
        var lengths = HoldClock()
        let wall = Self.noon + jump
        let hold = Hold(since: wall, until: wall + .seconds(3600))
        #expect(lengths.left(of: hold, 1, at: Self.noon, wallClock: wall) == .seconds(3600))
        let half = lengths.left(of: hold, 1, at: Self.noon + .seconds(1800), wallClock: wall + .seconds(1800))
        #expect(half == .seconds(1800))
        let end = lengths.left(of: hold, 1, at: Self.noon + .seconds(3600), wallClock: wall + .seconds(3600))
        #expect(end == .zero)
    }

    @Test(arguments: jumps) func `a hold for an hour, made before the jump, lasts an hour`(jump: Duration) {
        var lengths = HoldClock()
        let hold = Hold(since: Self.noon, until: Self.noon + .seconds(3600))
        #expect(lengths.left(of: hold, 1, at: Self.noon, wallClock: Self.noon) == .seconds(3600))
        for minute in [10, 30, 50] {
            let now = Self.noon + .seconds(60 * minute)
            let left = lengths.left(of: hold, 1, at: now, wallClock: now + jump)
            #expect(left == .seconds(60 * (60 - minute)))
        }
        let end = Self.noon + .seconds(3600)
        #expect(lengths.left(of: hold, 1, at: end, wallClock: end + jump).map { $0 <= .zero } == true)
    }

    @Test(arguments: jumps) func `a hold from another life lasts at most as long as it was made for`(jump: Duration) {
        var lengths = HoldClock()
        let now = Self.noon + jump
        let hold = Hold(since: Self.noon, until: Self.noon + .seconds(3600))
        let left = lengths.left(of: hold, 1, at: now, wallClock: now)
        #expect(left.map { $0 <= .seconds(3600) } == true)
        let later = now + .seconds(3600)
        #expect(lengths.left(of: hold, 1, at: later, wallClock: later).map { $0 <= .zero } == true)
        #expect(lengths.left(of: Hold(since: Self.noon), 1, at: now, wallClock: now) == nil, "until released")
    }

    @Test(arguments: jumps) func `what a daemon signs and writes down goes by the clock that people go by`(
        jump: Duration
    ) async throws {
        let wall = Mutex(Self.noon)
        let store = InMemoryStore(processes: [1: "a"], now: { Self.noon })
        await store.setAlarm([1], note: nil)
        let engine = engine(store, wallClock: { wall.withLock { $0 } })
        wall.withLock { $0 = $0 + jump }
        #expect(try await engine.runOnce())
        let process = try #require(await store.processes(named: nil).first)
        #expect(process.last?.at == Self.noon + jump)
        #expect(!process.alarm)
        let beat = try #require(await store.daemon())
        #expect(beat.lastPoll == Self.noon + jump && beat.leaseExpiresAt > Self.noon + jump)
    }

    @Test(arguments: jumps) func `a breaker that opened before the jump is tried when its time is over`(
        jump: Duration
    ) async throws {
        let clock = TestClock()
        let wall = Mutex(Self.noon)
        let store = InMemoryStore(processes: [1: "a"], now: { Self.noon + clock.now.offset })
        await store.setAlarm([1], note: nil)
        let strategy = ScriptedStrategy()
        try strategy.answer("a", .failed("no"))
        let engine = engine(store, strategy: strategy, clock: clock, wallClock: { wall.withLock { $0 } })
        #expect(try await !engine.runOnce())
        wall.withLock { $0 = $0 + jump }
        try strategy.answer("a", .restarted("restarted"))
        clock.advance(by: .seconds(99))
        #expect(try await !engine.runOnce())
        #expect(try strategy.count("a") == 1)
        clock.advance(by: .seconds(1))
        #expect(try await engine.runOnce())
        #expect(await store.poll().isEmpty)
    }

    // MARK: -

    private func engine(
        _ store: InMemoryStore, strategy: ScriptedStrategy = ScriptedStrategy(), clock: TestClock = TestClock(),
        wallClock: @escaping @Sendable () -> Timestamp
    ) -> Engine<TestClock> {
        var configuration = EngineSettings()
        configuration.processDefaults.maxAttempts = 1
        configuration.processDefaults.stableFor = .zero
        configuration.maxRestartFailures = 1
        configuration.circuitResetTime = .seconds(100)
        var options = EngineOptions(clock: clock)
        options.now = { [clock] in Self.noon + clock.now.offset }
        options.wallClock = wallClock
        return Engine(
            settings: configuration, store: store,
            parts: RecoveryParts(strategy: strategy, healthCheck: ScriptedHealthCheck()),
            identity: DaemonIdentity(host: "here", instance: "test", pid: 1, version: "test"),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), options: options)
    }

    private func beat(_ instance: String, at now: Timestamp) -> Heartbeat {
        Heartbeat(
            daemon: DaemonIdentity(host: "here", instance: instance, pid: 1, version: "1"), state: .running,
            startedAt: now, lastPoll: now, leaseExpiresAt: now + .seconds(90))
    }

    private func start(_ instance: String, at now: Timestamp) -> ClaimRequest {
        ClaimRequest(
            processID: 1, instance: instance, startedAt: now, breaker: CircuitBreaker(), expectedGeneration: 0)
    }
}
