import TestSupport
import Testing

@testable import MonitorCore

/// Drives breakers with random events, beside a model that knows only the rules in words.
@Suite struct CircuitBreakerPropertyTests {
    /// What an observer who sees only admissions and results can tell.
    struct Model {
        var failuresInARow = 0
        var lastSuccess: Timestamp?
        var openUntil: Timestamp?

        mutating func fail(at now: Timestamp, policy: BreakerPolicy, wasTrial: Bool) {
            failuresInARow += 1
            if wasTrial || failuresInARow >= policy.maxFailures { openUntil = now + policy.resetTime }
        }
    }

    @Test func `100,000 random sequences keep to the rules`() {
        var random = SeededGenerator()
        for sequence in 0..<100_000 {
            let policy = BreakerPolicy(
                maxFailures: Int.random(in: 1...4, using: &random), resetTime: .seconds(100),
                relapseWindow: Bool.random(using: &random) ? .seconds(60) : .zero, trialLimit: .seconds(30))
            var now = Timestamp(milliseconds: 1_700_000_000_000)
            var (breaker, model) = (CircuitBreaker(), Model())
            for _ in 0..<12 {
                now = now + .seconds(Int.random(in: 0...120, using: &random))
                guard step(&breaker, &model, at: &now, policy: policy, random: &random) else {
                    Issue.record(
                        "MONITOR_TEST_SEED=\(random.seed), sequence \(sequence): the breaker \(breaker) breaks a rule of the model \(model)"
                    )
                    return
                }
            }
        }
    }

    /// One alarm, and what becomes of it. False when breaker and model differ.
    private func step(
        _ breaker: inout CircuitBreaker, _ model: inout Model, at now: inout Timestamp, policy: BreakerPolicy,
        random: inout SeededGenerator
    ) -> Bool {
        if Int.random(in: 0..<12, using: &random) == 0 {
            breaker.reset()
            model = Model()
            return breaker.state == .closed
        }
        if let success = model.lastSuccess {
            model.lastSuccess = nil
            if now - success < policy.relapseWindow {
                model.fail(at: now, policy: policy, wasTrial: false)
            } else {
                model.failuresInARow = 0
            }
        }
        let admission = breaker.admit(
            at: now, raisedAt: now, trialAbandoned: true, policy: policy, jitter: 0
        ).admission
        if let until = model.openUntil, now < until { return admission == .refused(until: until) }
        let isTrial = model.openUntil != nil
        guard admission == .admitted(trial: isTrial) else { return false }

        now = now + .seconds(Int.random(in: 0...20, using: &random))
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            breaker.record(.success, generation: breaker.generation, at: now, policy: policy, jitter: 0)
            model.openUntil = nil
            if policy.relapseWindow > .zero { model.lastSuccess = now } else { model.failuresInARow = 0 }
        case 1:
            breaker.record(.failure, generation: breaker.generation, at: now, policy: policy, jitter: 0)
            model.fail(at: now, policy: policy, wasTrial: isTrial)
        default:
            breaker.record(.interruption, generation: breaker.generation, at: now, policy: policy, jitter: 0)
            if isTrial { model.openUntil = now }
        }
        return breaker.failures == model.failuresInARow
    }
}
