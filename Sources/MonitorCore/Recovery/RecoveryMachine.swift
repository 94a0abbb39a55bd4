/// The recovery of one alarm, as a state machine without clock or process: it says what to do next, and is told what
/// came of it.
///
/// The states, and what they can transition to:
/// - *preparing* (the command before an attempt) → restarting, pausing, ended
/// - *restarting* → checking, pausing, ended
/// - *checking* (the health check) → waiting, pausing, ended
/// - *waiting* (between two tries of the check) → checking, ended
/// - *pausing* (between two attempts) → preparing, ended
struct RecoveryMachine: Sendable {
    /// What the shell is to do.
    enum Action: Sendable, Equatable {
        case prepare
        case restart
        case check(limit: Duration)
        case wait(Duration)
        case end(RecoveryOutcome)
    }

    private enum State: Equatable {
        case preparing, restarting, pausing, ended
        case checking(since: Duration, tries: Int)
        case waiting(since: Duration, tries: Int)
    }

    private let settings: ProcessSettings
    private var state = State.preparing
    private(set) var attempt = 1
    /// What was tried and what came of it, a phrase each.
    private(set) var log: [String] = []
    /// How the process was brought back, as the strategy told.
    private var restartPhrase = ""

    init(settings: ProcessSettings) { self.settings = settings }

    /// The pauses between tries of a health check: short at first, because a good restart is quickly healthy.
    static func pause(afterTries tries: Int) -> Duration {
        .milliseconds(min(1000, 100 << min(tries - 1, 4)))
    }

    mutating func begin() -> Action {
        prepareOrRestart()
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
        switch result {
        case .restarted(let phrase, _):
            restartPhrase = phrase
            state = .checking(since: elapsed, tries: 1)
            return .check(limit: settings.healthCheckTimeout)
        case .failed(let phrase): return attemptFailed(phrase)
        case .notFound(let phrase): return end(.failed, phrase)
        case .refused(let phrase): return end(.refused, phrase)
        case .interrupted(let phrase): return end(.interrupted, phrase)
        }
    }

    /// The health check has looked once.
    mutating func checked(_ result: HealthResult, elapsed: Duration) -> Action {
        guard case .checking(let since, let tries) = state else { return illegal() }
        switch result {
        case .healthy:
            let phrase = "\(restartPhrase), healthy"
            log.append(attempt > 1 ? "attempt \(attempt): \(phrase)" : phrase)
            state = .ended
            return .end(.recovered)
        case .unhealthy(let phrase):
            let left = settings.healthCheckTimeout - (elapsed - since)
            guard left > .zero else { return attemptFailed("\(restartPhrase), but not healthy: \(phrase)") }
            state = .waiting(since: since, tries: tries)
            return .wait(min(left, Self.pause(afterTries: tries)))
        }
    }

    /// A wait is over.
    mutating func waited(elapsed: Duration) -> Action {
        switch state {
        case .waiting(let since, let tries):
            state = .checking(since: since, tries: tries + 1)
            // The last try gets a moment even when the wait used up the rest.
            return .check(limit: max(settings.healthCheckTimeout - (elapsed - since), .milliseconds(100)))
        case .pausing:
            attempt += 1
            return prepareOrRestart()
        default:
            return illegal()
        }
    }

    /// The recovery is cut off, wherever it is.
    mutating func interrupted() -> Action {
        end(.interrupted, "cut off by the end of the daemon")
    }

    private mutating func prepareOrRestart() -> Action {
        if settings.preRestartCommand == nil {
            state = .restarting
            return .restart
        }
        state = .preparing
        return .prepare
    }

    private mutating func attemptFailed(_ phrase: String) -> Action {
        note(phrase)
        guard attempt < settings.maxAttempts else {
            state = .ended
            return .end(.failed)
        }
        state = .pausing
        return .wait(settings.restartDelay)
    }

    private mutating func end(_ outcome: RecoveryOutcome, _ phrase: String) -> Action {
        note(phrase)
        state = .ended
        return .end(outcome)
    }

    private mutating func note(_ phrase: String) {
        log.append(settings.maxAttempts > 1 ? "attempt \(attempt): \(phrase)" : phrase)
    }

    private func illegal() -> Action {
        preconditionFailure("a recovery was told of something that it did not ask for, in state \(state)")
    }
}
