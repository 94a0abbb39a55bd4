import Testing

@testable import MonitorCore

@Suite struct CircuitBreakerTests {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    let policy = BreakerPolicy(
        maxFailures: 3, resetTime: .seconds(100), relapseWindow: .seconds(60), trialLimit: .seconds(30))

    func at(_ seconds: Int) -> Timestamp { Self.start + .seconds(seconds) }

    /// Admits an alarm that was raised just now.
    func admit(
        _ breaker: inout CircuitBreaker, at seconds: Int, raisedAt: Int? = nil, abandoned: Bool = true
    ) -> CircuitBreaker.AdmissionResult {
        breaker.admit(
            at: at(seconds), raisedAt: at(raisedAt ?? seconds), trialAbandoned: abandoned, policy: policy, jitter: 0)
    }

    func record(_ breaker: inout CircuitBreaker, _ result: CircuitBreaker.Result, at seconds: Int) {
        breaker.record(result, generation: breaker.generation, at: at(seconds), policy: policy, jitter: 0)
    }

    func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for second in 1...3 { record(&breaker, .failure, at: second) }
        return breaker
    }

    @Test func `closed admits`() {
        var breaker = CircuitBreaker()
        #expect(admit(&breaker, at: 0) == .init(admission: .admitted(trial: false), relapsed: false))
        #expect(breaker == CircuitBreaker())
    }

    @Test func `closed opens at the last allowed failure, and not before`() {
        var breaker = CircuitBreaker()
        record(&breaker, .failure, at: 1)
        record(&breaker, .failure, at: 2)
        #expect(breaker.state == .closed && breaker.failures == 2 && breaker.generation == 0)
        record(&breaker, .failure, at: 3)
        #expect(breaker.state == .open(until: at(103)))
        #expect(breaker.failures == 3 && breaker.generation == 1)
    }

    @Test func `open refuses until its time, then admits one trial`() {
        var breaker = opened()
        #expect(admit(&breaker, at: 102).admission == .refused(until: at(103)))
        #expect(admit(&breaker, at: 103).admission == .admitted(trial: true))
        #expect(breaker.state == .halfOpen(deadline: at(133)))
        #expect(admit(&breaker, at: 104, abandoned: false).admission == .refused(until: at(133)))
    }

    @Test func `a trial that succeeds closes`() {
        var breaker = opened()
        _ = admit(&breaker, at: 103)
        record(&breaker, .success, at: 104)
        #expect(breaker.state == .closed)
        #expect(breaker.provisionalSuccess == at(104))
    }

    @Test func `a trial that fails opens again`() {
        var breaker = opened()
        _ = admit(&breaker, at: 103)
        record(&breaker, .failure, at: 105)
        #expect(breaker.state == .open(until: at(205)))
        #expect(breaker.failures == 4)
    }

    @Test func `a trial past its deadline opens again`() {
        var breaker = opened()
        _ = admit(&breaker, at: 103)
        #expect(admit(&breaker, at: 133, abandoned: false).admission == .refused(until: at(233)))
        #expect(breaker.state == .open(until: at(233)))
    }

    @Test func `a trial whose daemon died is taken up again, with a new deadline`() {
        var breaker = opened()
        _ = admit(&breaker, at: 103)
        #expect(admit(&breaker, at: 110, abandoned: true).admission == .admitted(trial: true))
        #expect(breaker.state == .halfOpen(deadline: at(140)))
    }

    @Test func `an interrupted trial is neither success nor failure, and may be repeated at once`() {
        var breaker = opened()
        _ = admit(&breaker, at: 103)
        record(&breaker, .interruption, at: 104)
        #expect(breaker.failures == 3)
        #expect(admit(&breaker, at: 104).admission == .admitted(trial: true))
    }

    @Test func `an interruption while closed changes nothing`() {
        var breaker = CircuitBreaker(failures: 2)
        record(&breaker, .interruption, at: 1)
        #expect(breaker == CircuitBreaker(failures: 2))
    }

    @Test func `a result of an earlier generation is dropped: a reset during a trial wins`() {
        var breaker = opened()
        _ = admit(&breaker, at: 103)
        let began = breaker.generation
        breaker.reset()
        let afterReset = breaker
        let isTaken = breaker.record(.failure, generation: began, at: at(104), policy: policy, jitter: 0)
        #expect(!isTaken)
        #expect(breaker == afterReset)
        #expect(breaker.state == .closed && breaker.failures == 0 && breaker.openings == 0)
    }

    @Test func `an alarm within the relapse window counts as a failure`() {
        var breaker = CircuitBreaker(failures: 1)
        record(&breaker, .success, at: 0)
        #expect(admit(&breaker, at: 30) == .init(admission: .admitted(trial: false), relapsed: true))
        #expect(breaker.failures == 2)
        // Once only: the next look at the same alarm does not count again.
        #expect(!admit(&breaker, at: 31).relapsed)
        #expect(breaker.failures == 2)
    }

    @Test func `a relapse can open the breaker`() {
        var breaker = CircuitBreaker(failures: 2)
        record(&breaker, .success, at: 0)
        #expect(admit(&breaker, at: 30) == .init(admission: .refused(until: at(130)), relapsed: true))
    }

    @Test func `an alarm raised within the window, and seen after it, is a relapse too`() {
        var breaker = CircuitBreaker(failures: 1)
        record(&breaker, .success, at: 0)
        #expect(admit(&breaker, at: 300, raisedAt: 10).relapsed)
    }

    @Test func `a success that outlives the window forgets failures and growth`() {
        var breaker = CircuitBreaker(failures: 2, openings: 2)
        record(&breaker, .success, at: 0)
        #expect(breaker.failures == 2)
        #expect(!admit(&breaker, at: 60).relapsed)
        #expect(breaker.failures == 0 && breaker.openings == 0 && breaker.provisionalSuccess == nil)
    }

    @Test func `without a window, a success forgets at once`() {
        var policy = policy
        policy.relapseWindow = .zero
        var breaker = CircuitBreaker(failures: 2, openings: 1)
        breaker.record(.success, generation: 0, at: at(0), policy: policy, jitter: 0)
        #expect(breaker == CircuitBreaker())
    }

    @Test func `a crash loop whose every restart works for a moment ends in an open breaker`() {
        var breaker = CircuitBreaker()
        var restarts = 0
        for second in stride(from: 0, to: 90, by: 10) {
            guard case .admitted = admit(&breaker, at: second).admission else { break }
            restarts += 1
            record(&breaker, .success, at: second + 1)
        }
        #expect(restarts == 3)
        #expect(breaker.state == .open(until: at(130)))
    }

    @Test(arguments: [0, 1])
    func `a wall clock set back by days keeps nothing open for longer than a rule could`(openings: Int) {
        var breaker = CircuitBreaker(
            state: .open(until: at(10 * 86400)), failures: 3, generation: 1, openings: openings)
        let long = BreakerPolicy(resetTime: .seconds(100), resetMax: .seconds(100))
        let result = breaker.admit(at: at(0), raisedAt: at(0), trialAbandoned: true, policy: long, jitter: 0)
        #expect(result.admission == .refused(until: at(100)))
    }

    @Test(
        arguments: [
            .closed, .open(until: Timestamp(milliseconds: .min)), .halfOpen(deadline: Timestamp(milliseconds: .min)),
            .open(until: Timestamp(milliseconds: .max)),
        ] as [CircuitBreaker.State])
    func `a row of the largest numbers there are is counted on without a trap`(state: CircuitBreaker.State) {
        for success in [nil, Timestamp(milliseconds: .min), Timestamp(milliseconds: .max)] {
            var breaker = CircuitBreaker(
                state: state, failures: .max, generation: .max, openings: .max, provisionalSuccess: success)
            let policy = BreakerPolicy(resetFactor: 1.000_001)
            _ = breaker.admit(at: at(0), raisedAt: at(0), trialAbandoned: true, policy: policy, jitter: 1)
            for result in [CircuitBreaker.Result.failure, .interruption, .success] {
                breaker.record(result, generation: breaker.generation, at: at(1), policy: policy, jitter: 1)
            }
            let generation = breaker.generation
            breaker.reset()
            #expect(breaker.generation != generation)
        }
    }
}

@Suite struct BreakerPolicyTests {
    @Test(arguments: [(0, 100.0), (1, 200), (2, 400), (3, 800), (4, 1000), (1_000_000_000, 1000), (.max, 1000)])
    func `the reset time grows by its factor up to its maximum`(openings: Int, seconds: Double) {
        let policy = BreakerPolicy(resetTime: .seconds(100), resetFactor: 2, resetMax: .seconds(1000))
        #expect(policy.resetTime(afterOpenings: openings, jitter: 0).seconds == seconds)
    }

    @Test func `a reset time that doesn't grow is reckoned at once, however often it opened`() {
        let policy = BreakerPolicy(resetTime: .seconds(100), resetMax: .seconds(1000))
        #expect(policy.resetTime(afterOpenings: .max, jitter: 0) == .seconds(100))
    }

    @Test(arguments: [(0.0, 100.0), (0.5, 125), (1, 150), (-1, 100), (7, 150)])
    func `jitter only adds, at most its share`(jitter: Double, seconds: Double) {
        let policy = BreakerPolicy(resetTime: .seconds(100), resetJitter: 0.5)
        #expect(policy.resetTime(afterOpenings: 0, jitter: jitter).seconds == seconds)
    }

    @Test func `a process's own numbers come before those of the monitor`() {
        var process = ProcessSettings()
        process.maxRestartFailures = 7
        process.circuitResetTime = .seconds(5)
        let policy = BreakerPolicy(engine: EngineSettings(), process: process)
        #expect(policy.maxFailures == 7 && policy.resetTime == .seconds(5))
        #expect(BreakerPolicy(engine: EngineSettings(), process: ProcessSettings()).maxFailures == 3)
    }
}
