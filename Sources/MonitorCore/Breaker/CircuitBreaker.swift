/// The circuit breaker of one process: whether it may be restarted, and what is known of earlier failures.
///
/// A pure value: time and chance are passed in, nothing is done but to the value itself. It is stored as a row, so
/// that it survives whatever happens to the daemon. Every change of ``state``, and every reset, makes a new
/// ``generation``; a result carries the generation that it began in, and is dropped when that is no longer the
/// breaker's.
public struct CircuitBreaker: Sendable, Equatable, Codable {
    public enum State: Sendable, Equatable, Codable {
        /// Restarts are allowed; failures are counted.
        ///
        /// Can transition to:
        /// - ``open(until:)`` by `max_restart_failures` failures in a row, relapses among them.
        case closed

        /// Nothing is restarted.
        ///
        /// Can transition to:
        /// - ``halfOpen(deadline:)`` by an alarm once the time is over.
        /// - ``closed`` by a reset.
        case open(until: Timestamp)

        /// One recovery is on trial.
        ///
        /// Can transition to:
        /// - ``closed`` by its success, or by a reset.
        /// - ``open(until:)`` by its failure, by its deadline, or (at once ready for a new trial) by an interruption.
        case halfOpen(deadline: Timestamp)
    }

    public private(set) var state: State
    /// Failed recoveries in a row, relapses among them.
    public private(set) var failures: Int
    /// Counts the changes of state, from 0.
    public private(set) var generation: Int64
    /// How often it opened without a lasting success in between: the exponent of `circuit_reset_factor`.
    public private(set) var openings: Int
    /// The last success that has not yet outlived the relapse window, as far as is known.
    public private(set) var provisionalSuccess: Timestamp?
    /// When the next try may begin after a failure that left the breaker closed; nil = at once.
    public private(set) var retryAt: Timestamp?

    /// Upper bound for counters read from a database, so that adding 1 cannot overflow.
    private static let mostCounted = 1_000_000

    /// The row of a process that never failed; with arguments, a row as it was stored.
    public init(
        state: State = .closed, failures: Int = 0, generation: Int64 = 0, openings: Int = 0,
        provisionalSuccess: Timestamp? = nil, retryAt: Timestamp? = nil
    ) {
        self.state = state
        self.failures = min(max(0, failures), Self.mostCounted)
        self.generation = generation
        self.openings = min(max(0, openings), Self.mostCounted)
        self.provisionalSuccess = provisionalSuccess
        self.retryAt = retryAt
    }

    /// Whether it is open: nothing is restarted.
    public var isOpen: Bool {
        if case .open = state { true } else { false }
    }
}

// MARK: - Admission

extension CircuitBreaker {
    /// Whether a recovery may start.
    public enum Admission: Sendable, Equatable {
        /// It may; as a trial where the breaker is half-open.
        case admitted(trial: Bool)
        /// It may not before that moment: the breaker is open, or another recovery is on trial.
        case refused(until: Timestamp)
        /// It may not before that moment: the last try has failed, and the next one has its time.
        case postponed(until: Timestamp)
    }

    /// What admitting an alarm led to.
    public struct AdmissionResult: Sendable, Equatable {
        public var admission: Admission
        /// The alarm followed so soon on a recovery that it counted as a failure of it.
        public var relapsed: Bool
    }

    /// Asks for a recovery of an alarm, and notes what the alarm itself tells.
    ///
    /// - Parameters:
    ///   - raisedAt: when the alarm was raised, as far as is known.
    ///   - trialAbandoned: the daemon that ran the trial is gone.
    ///   - jitter: a random number from 0 to 1, drawn by the caller.
    public mutating func admit(
        at now: Timestamp, raisedAt: Timestamp, trialAbandoned: Bool, policy: BreakerPolicy, jitter: Double
    ) -> AdmissionResult {
        clamp(at: now, policy: policy)
        let relapsed = judgeEarlierSuccess(raisedAt: min(raisedAt, now), now: now, policy: policy, jitter: jitter)
        switch state {
        case .closed:
            if let retryAt, now < retryAt {
                return AdmissionResult(admission: .postponed(until: retryAt), relapsed: relapsed)
            }
            return AdmissionResult(admission: .admitted(trial: false), relapsed: relapsed)
        case .open(let until) where now < until:
            return AdmissionResult(admission: .refused(until: until), relapsed: relapsed)
        case .halfOpen(let deadline) where now >= deadline:
            let until = open(at: now, policy: policy, jitter: jitter)
            return AdmissionResult(admission: .refused(until: until), relapsed: relapsed)
        case .halfOpen(let deadline) where !trialAbandoned:
            return AdmissionResult(admission: .refused(until: deadline), relapsed: relapsed)
        case .open, .halfOpen:
            change(to: .halfOpen(deadline: now + policy.trialLimit))
            return AdmissionResult(admission: .admitted(trial: true), relapsed: relapsed)
        }
    }

    /// Forgets failures that a success has outlived, or counts the alarm as a relapse.
    private mutating func judgeEarlierSuccess(
        raisedAt: Timestamp, now: Timestamp, policy: BreakerPolicy, jitter: Double
    ) -> Bool {
        guard let success = provisionalSuccess else { return false }
        provisionalSuccess = nil
        if raisedAt - success >= policy.relapseWindow {
            failures = 0
            openings = 0
            return false
        }
        countFailure(at: now, policy: policy, jitter: jitter)
        return true
    }

    /// Shortens a deadline that no rule could have set: the wall clock was turned back since, or the policy changed.
    private mutating func clamp(at now: Timestamp, policy: BreakerPolicy) {
        switch state {
        case .closed: break
        case .open(let until): state = .open(until: min(until, now + policy.longestOpening(openings: openings)))
        case .halfOpen(let deadline): state = .halfOpen(deadline: min(deadline, now + policy.trialLimit))
        }
        if let success = provisionalSuccess { provisionalSuccess = min(success, now) }
        // Not shortened: that would not be written, and it would be as far away at the next poll.
        if let moment = retryAt, moment - now > policy.retryDelay { retryAt = nil }
    }
}

// MARK: - Results

extension CircuitBreaker {
    /// How a recovery ended, as far as a breaker cares.
    public enum Result: Sendable, Equatable {
        case success
        case failure
        /// Neither: it was cut off.
        case interruption
    }

    /// Takes the result of a recovery that began in `generation`.
    ///
    /// - Returns: false when the breaker changed since, so that the result was dropped.
    @discardableResult
    public mutating func record(
        _ result: Result, generation began: Int64, at now: Timestamp, policy: BreakerPolicy, jitter: Double
    ) -> Bool {
        guard began == generation else { return false }
        if result != .interruption { retryAt = nil }
        switch (result, state) {
        case (.success, .halfOpen):
            change(to: .closed)
            succeed(at: now, policy: policy)
        case (.success, _):
            succeed(at: now, policy: policy)
        case (.failure, .halfOpen):
            failures += 1
            open(at: now, policy: policy, jitter: jitter)
        case (.failure, _):
            countFailure(at: now, policy: policy, jitter: jitter)
            if state == .closed, policy.retryDelay > .zero { retryAt = now + policy.retryDelay }
        case (.interruption, .halfOpen):
            change(to: .open(until: now))
        case (.interruption, _):
            break
        }
        return true
    }

    /// Closes the breaker and forgets everything, by an operator's hand.
    public mutating func reset() {
        change(to: .closed)
        failures = 0
        openings = 0
        provisionalSuccess = nil
        retryAt = nil
    }

    private mutating func succeed(at now: Timestamp, policy: BreakerPolicy) {
        if policy.relapseWindow > .zero {
            provisionalSuccess = now
        } else {
            failures = 0
            openings = 0
        }
    }

    private mutating func countFailure(at now: Timestamp, policy: BreakerPolicy, jitter: Double) {
        failures += 1
        if state == .closed, failures >= policy.maxFailures {
            open(at: now, policy: policy, jitter: jitter)
        }
    }

    @discardableResult
    private mutating func open(at now: Timestamp, policy: BreakerPolicy, jitter: Double) -> Timestamp {
        let until = now + policy.resetTime(afterOpenings: openings, jitter: jitter)
        openings += 1
        change(to: .open(until: until))
        return until
    }

    private mutating func change(to next: State) {
        state = next
        retryAt = nil
        // Only whether it is the same matters, so that it may begin anew after the largest.
        generation &+= 1
    }
}
