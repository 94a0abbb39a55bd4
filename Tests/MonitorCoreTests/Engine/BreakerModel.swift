@testable import MonitorCore

/// A breaker in the words of its rules, for comparing.
struct BreakerModel {
    private(set) var failures = 0
    private(set) var lastSuccess: Timestamp?
    private(set) var openUntil: Timestamp?
    /// By when the trial that was begun has to be over.
    private(set) var trialUntil: Timestamp?
    /// When the next try may begin after a failure.
    private(set) var retryAt: Timestamp?

    /// Meets an alarm.
    ///
    /// - Returns: whether its process may be restarted.
    mutating func admits(at now: Timestamp, raisedAt: Timestamp, policy: BreakerPolicy) -> Bool {
        // A clock that was set back keeps nothing open for longer than it could have been.
        openUntil = openUntil.map { min($0, now + policy.resetTime) }
        trialUntil = trialUntil.map { min($0, now + policy.trialLimit) }
        if let moment = retryAt, moment > now + policy.retryDelay { retryAt = nil }
        if let success = lastSuccess {
            lastSuccess = nil
            if min(raisedAt, now) - min(success, now) >= policy.relapseWindow {
                failures = 0
            } else {
                fail(at: now, policy: policy)
            }
        }
        if let end = trialUntil, now >= end { open(at: now, policy: policy) }
        if openUntil == nil, trialUntil == nil, let retryAt, now < retryAt { return false }
        return openUntil.map { now >= $0 } ?? true
    }

    mutating func begin(at now: Timestamp, policy: BreakerPolicy) {
        if openUntil != nil || trialUntil != nil { (openUntil, trialUntil) = (nil, now + policy.trialLimit) }
    }

    mutating func end(_ outcome: RecoveryOutcome, at now: Timestamp, policy: BreakerPolicy) {
        let wasTrial = trialUntil != nil
        trialUntil = nil
        switch outcome {
        case .recovered:
            retryAt = nil
            if policy.relapseWindow > .zero { lastSuccess = now } else { failures = 0 }
        case .failed, .relapsed:
            failures += 1
            if wasTrial || failures >= policy.maxFailures {
                open(at: now, policy: policy)
            } else {
                retryAt = now + policy.retryDelay
            }
        case .interrupted, .refused:
            if wasTrial { openUntil = now }
        }
    }

    private mutating func fail(at now: Timestamp, policy: BreakerPolicy) {
        failures += 1
        if openUntil == nil, failures >= policy.maxFailures { open(at: now, policy: policy) }
    }

    private mutating func open(at now: Timestamp, policy: BreakerPolicy) {
        (openUntil, trialUntil, retryAt) = (now + policy.resetTime, nil, nil)
    }
}
