/// The recovery of one alarm, as a state machine without clock or process: it says what to do next, and is told what
/// came of it.
///
/// The states, and what they can transition to:
/// - *inspecting* (is it healthy without us?) → settling, preparing, restarting, ended
/// - *preparing* (the command before an attempt) → restarting, pausing, ended
/// - *restarting* → checking, pausing, ended
/// - *checking* (the health check) → settling, waiting, pausing, ended
/// - *waiting* (between two tries of the check) → checking, ended
/// - *settling* (healthy, but for how long?) → verifying, ended
/// - *verifying* (is it still healthy, and still the same?) → waiting, pausing, ended
/// - *pausing* (between two attempts) → preparing, restarting, ended
struct RecoveryMachine: Sendable {
    /// What the shell is to do.
    enum Action: Sendable, Equatable {
        case prepare
        case restart
        case check(limit: Duration)
        /// The check once more, after making sure that what was started is still what runs.
        case verify(limit: Duration)
        case wait(Duration)
        case end(RecoveryOutcome)
    }

    private enum State: Equatable {
        case inspecting, preparing, restarting, pausing, ended
        case checking(since: Duration, tries: Int)
        case waiting(since: Duration, tries: Int)
        case settling(since: Duration, tries: Int)
        case verifying(since: Duration, tries: Int)
    }

    private let settings: ProcessSettings
    private var state = State.preparing
    private(set) var attempt = 1
    /// How many attempts were made: none where it was only inspected.
    var attempts: Int { isInspectedOnly ? 0 : attempt }
    private var isInspectedOnly = false
    /// What was tried and what came of it, a phrase for each attempt.
    private(set) var log: [String] = []
    /// What the last restart has started; nil where nothing was restarted.
    private(set) var started: Started?
    /// The last attempt ended with a process that its check finds unhealthy.
    private(set) var isUnhealthy = false
    /// How the process was brought back, as the strategy told.
    private var restartPhrase = ""

    init(settings: ProcessSettings) { self.settings = settings }

    /// The pauses between tries of a health check: short at first, because a good restart is quickly healthy.
    static func pause(afterTries tries: Int) -> Duration {
        .milliseconds(min(1000, 100 << min(tries - 1, 4)))
    }

    /// - Parameter inspects: it may be back by itself: the check decides before anything is done.
    mutating func begin(inspects: Bool = false) -> Action {
        guard inspects else { return prepareOrRestart() }
        isInspectedOnly = true
        state = .inspecting
        return .check(limit: settings.healthCheckTimeout)
    }

    /// The command before the attempt has ended; `failure` says how it failed.
    mutating func prepared(failure: String?) -> Action {
        guard state == .preparing else { return illegal() }
        if let failure { return attemptFailed("not restarted, because \(failure)") }
        state = .restarting
        return .restart
    }

    /// The strategy has made its attempt, `elapsed` after the recovery's begin.
    mutating func restarted(_ result: RestartResult, elapsed: Duration) -> Action {
        guard state == .restarting else { return illegal() }
        isUnhealthy = false
        switch result {
        case .restarted(let phrase, let started):
            restartPhrase = phrase
            self.started = started
            state = .checking(since: elapsed, tries: 1)
            return .check(limit: settings.healthCheckTimeout)
        case .failed(let phrase): return attemptFailed(phrase)
        case .notFound(let phrase): return end(.failed, phrase)
        case .refused(let phrase): return end(.refused, phrase)
        case .interrupted(let phrase): return end(.interrupted, phrase)
        }
    }

    /// Whether the time of the health check is over, so that another failure of it is the last.
    func isOutOfTime(at elapsed: Duration) -> Bool {
        switch state {
        case .checking(let since, _), .verifying(let since, _): elapsed - since >= settings.healthCheckTimeout
        default: false
        }
    }

    /// The health check has run once.
    ///
    /// - Parameter diagnosis: how a process is that isn't healthy, and what it has last printed, where that is known.
    mutating func checked(_ result: HealthResult, elapsed: Duration, diagnosis: String? = nil) -> Action {
        switch (state, result) {
        case (.inspecting, .healthy):
            return settle(since: elapsed, tries: 1)
        case (.inspecting, .unhealthy):
            return prepareOrRestart()
        case (.checking(let since, let tries), .healthy):
            return settle(since: since, tries: tries)
        case (.checking(let since, let tries), .unhealthy(let phrase)):
            return checkAgain(since: since, tries: tries, elapsed: elapsed, because: phrase, diagnosis)
        default:
            return illegal()
        }
    }

    /// The second pass of the check has ended.
    ///
    /// - Parameter loss: why what was started no longer runs; nil while it does.
    mutating func verified(
        _ result: HealthResult, loss: String?, elapsed: Duration, diagnosis: String? = nil
    ) -> Action {
        guard case .verifying(let since, let tries) = state else { return illegal() }
        guard started != nil else {
            // It was only inspected.
            return result == .healthy ? end(.recovered, recoveredPhrase) : prepareOrRestart()
        }
        if let loss {
            isUnhealthy = true
            return attemptFailed("healthy at first, but \(loss) (\(restartPhrase))")
        }
        switch result {
        case .healthy: return end(.recovered, recoveredPhrase)
        case .unhealthy(let phrase):
            return checkAgain(
                since: since, tries: tries, elapsed: elapsed, because: "healthy at first, then \(phrase)", diagnosis)
        }
    }

    /// A wait is over.
    mutating func waited(elapsed: Duration) -> Action {
        switch state {
        case .waiting(let since, let tries):
            state = .checking(since: since, tries: tries + 1)
            // The last try gets a moment even when the wait used up the rest.
            return .check(limit: max(settings.healthCheckTimeout - (elapsed - since), .milliseconds(100)))
        case .settling(let since, let tries):
            state = .verifying(since: since, tries: tries)
            return .verify(limit: settings.healthCheckTimeout)
        case .pausing:
            attempt += 1
            return prepareOrRestart()
        default:
            return illegal()
        }
    }

    /// The recovery is cut off, wherever it is.
    mutating func interrupted(_ phrase: String = "cut off by the end of the daemon") -> Action {
        end(.interrupted, phrase)
    }

    private mutating func prepareOrRestart() -> Action {
        isInspectedOnly = false
        if settings.preRestartCommand == nil {
            state = .restarting
            return .restart
        }
        state = .preparing
        return .prepare
    }

    /// The check has passed: is it back, or will that be seen?
    private mutating func settle(since: Duration, tries: Int) -> Action {
        let time = settings.stableFor ?? (started?.isReady == true ? .zero : ProcessSettings.defaultStableFor)
        guard time > .zero else { return end(.recovered, recoveredPhrase) }
        state = .settling(since: since, tries: tries)
        return .wait(time)
    }

    private var recoveredPhrase: String { started == nil ? "healthy again by itself" : "\(restartPhrase), healthy" }

    private mutating func checkAgain(
        since: Duration, tries: Int, elapsed: Duration, because phrase: String, _ diagnosis: String?
    ) -> Action {
        let left = settings.healthCheckTimeout - (elapsed - since)
        guard left > .zero else {
            isUnhealthy = true
            let cause = [phrase, diagnosis].compactMap(\.self).joined(separator: "; ")
            return attemptFailed("not healthy: \(cause) (\(restartPhrase))")
        }
        state = .waiting(since: since, tries: tries)
        return .wait(min(left, Self.pause(afterTries: tries)))
    }

    private mutating func attemptFailed(_ phrase: String) -> Action {
        note(phrase, isFirstOfSeveral: settings.maxAttempts > 1)
        guard attempt < settings.maxAttempts else {
            state = .ended
            return .end(.failed)
        }
        state = .pausing
        return .wait(settings.restartDelay)
    }

    private mutating func end(_ outcome: RecoveryOutcome, _ phrase: String) -> Action {
        note(phrase, isFirstOfSeveral: settings.maxAttempts > 1 && outcome != .recovered)
        state = .ended
        return .end(outcome)
    }

    private mutating func note(_ phrase: String, isFirstOfSeveral: Bool) {
        log.append(attempt > 1 || isFirstOfSeveral ? "attempt \(attempt): \(phrase)" : phrase)
    }

    private func illegal() -> Action {
        preconditionFailure("a recovery was told of something that it did not ask for, in state \(state)")
    }
}

/// How a recovery went.
struct RecoveryResult: Sendable, Equatable {
    var outcome: RecoveryOutcome
    var attempts: Int
    var duration: Duration
    /// What was tried and what came of it, in order, a phrase each.
    var log: [String]
    /// The revision of the alarm just before the first check that passed; nil where it was not read.
    var revision: Int64?
    /// The process ran, and its check found it unhealthy.
    var isUnhealthy = false
    /// What the last attempt has started; nil where nothing was.
    var started: Started?

    /// Why, of all attempts, in one line; what two attempts have in common is said once.
    var cause: String {
        let phrases = log.map { phrase in
            guard phrase.hasPrefix("attempt "), let colon = phrase.firstIndex(of: ":") else { return phrase }
            return String(phrase[phrase.index(after: colon)...].drop { $0 == " " })
        }
        var told: [String] = []
        for phrase in phrases where !told.contains(phrase) { told.append(phrase) }
        return told.isEmpty ? "nothing was tried" : told.joined(separator: "; then ")
    }
}

/// The text that goes into `notes`: the one trace that every user of the tables can read.
///
/// It begins with what matters, why; times and counters come after it, and stay whole where it is cut.
package enum RecoveryNote {
    /// The width of `STATUS_PROCESS.notes`, in characters.
    package static let limit = 100

    static func text(
        for result: RecoveryResult, breaker: CircuitBreaker, policy: BreakerPolicy, at now: Timestamp
    ) -> String {
        switch (result.outcome, breaker.state) {
        case (.recovered, _): fit("recovered: \(result.cause)", " (\(now.utcText))")
        case (.failed, .open(let until)), (.relapsed, .open(let until)):
            fit("failed: \(result.cause)", " (failures: \(breaker.failures); none before \(until.utcText))")
        case (.failed, _), (.relapsed, _):
            fit(
                "failed: \(result.cause)",
                " (\(breaker.failures) of \(policy.maxFailures); "
                    + (breaker.retryAt.map { "next \($0.utcText)" } ?? now.utcText) + ")")
        case (.interrupted, _): fit("interrupted: \(result.cause)", " (\(now.utcText))")
        case (.refused, _): refusal(result.cause)
        }
    }

    /// The note of a process for which nothing is ever run. Without a time: the same each time it is met.
    static func refusal(_ reason: String) -> String { fit("refused: \(reason)", "") }

    /// The note of an open breaker whose deadline was shortened.
    static func clockSetBack(until: Timestamp) -> String {
        fit("breaker open: its deadline is nearer now, the clock was set back", " (none before \(until.utcText))")
    }

    private static func fit(_ text: String, _ end: String) -> String {
        text.escapedForDisplay(limit: limit - end.unicodeScalars.count) + end
    }
}
