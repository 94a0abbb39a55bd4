/// The numbers that a circuit breaker goes by.
public struct BreakerPolicy: Sendable, Equatable {
    /// Failures in a row that open the breaker; at least 1.
    public var maxFailures: Int
    /// How long it stays open the first time.
    public var resetTime: Duration
    /// By how much that grows at each reopening; 1 = not at all.
    public var resetFactor: Double
    /// What it grows up to, before jitter; never less than ``resetTime``.
    public var resetMax: Duration
    /// The largest share of the time that chance adds, 0 to 1.
    public var resetJitter: Double
    /// An alarm this soon after a success is a failure of it; zero = off.
    public var relapseWindow: Duration
    /// How long a trial may take.
    public var trialLimit: Duration
    /// How long after a failure the next try begins at the earliest, while the breaker is closed; zero = at once.
    public var retryDelay: Duration

    /// The longest that `circuit_reset_max` means where it is not given.
    package static let defaultResetMax: Duration = .seconds(86400)

    /// The rest is as it is by default, until it is set.
    public init(maxFailures: Int = 3, resetTime: Duration = .seconds(1800)) {
        self.init(maxFailures: maxFailures, resetTime: resetTime, resetFactor: 1)
    }

    package init(
        maxFailures: Int = 3, resetTime: Duration = .seconds(1800), resetFactor: Double = 1,
        resetMax: Duration? = nil, resetJitter: Double = 0, relapseWindow: Duration = .seconds(60),
        trialLimit: Duration = .seconds(300), retryDelay: Duration = .zero
    ) {
        self.maxFailures = max(1, maxFailures)
        self.resetTime = resetTime
        self.resetFactor = max(1, resetFactor)
        self.resetMax = max(resetTime, resetMax ?? Self.defaultResetMax)
        self.resetJitter = min(1, max(0, resetJitter))
        self.relapseWindow = relapseWindow
        self.trialLimit = trialLimit
        self.retryDelay = retryDelay
    }

    /// How long the breaker stays open when it opens for the `openings + 1`st time in a row.
    func resetTime(afterOpenings openings: Int, jitter: Double) -> Duration {
        var time = resetTime
        // Stops at the maximum, so that no number of openings can overflow, or take long.
        for _ in 0..<max(0, openings) {
            guard time < resetMax, resetFactor > 1 else { break }
            time = min(time * resetFactor, resetMax)
        }
        return time + time * (resetJitter * min(1, max(0, jitter)))
    }

    /// The longest that a breaker can have been given which has opened so often in a row, this time included.
    func longestOpening(openings: Int) -> Duration { resetTime(afterOpenings: openings - 1, jitter: 1) }
}

extension BreakerPolicy {
    /// The policy for a process: its own settings over those of `[monitor]`.
    package init(engine: EngineSettings, process: ProcessSettings) {
        self.init(
            maxFailures: process.maxRestartFailures ?? engine.maxRestartFailures,
            resetTime: process.circuitResetTime ?? engine.circuitResetTime,
            resetFactor: engine.circuitResetFactor, resetMax: engine.circuitResetMax,
            resetJitter: engine.circuitResetJitter, relapseWindow: engine.relapseWindow,
            trialLimit: process.longestRecovery, retryDelay: engine.retryDelay ?? engine.checkInterval)
    }
}

extension ProcessSettings {
    /// The longest that a recovery can take when every step uses up its limit, and a margin.
    var longestRecovery: Duration {
        let check = healthCheckTimeout * 2 + (stableFor ?? Self.defaultStableFor)
        let attempt = commandTimeout * 2 + stopTimeout + check + restartDelay
        // A unit is waited for as long as its own limits allow, which only the service manager knows.
        let unit = strategy == .process ? .zero : Self.longestUnitRestart
        return (attempt + unit) * maxAttempts + .seconds(60)
    }

    /// The longest that a service manager may take to restart a unit, whatever the unit's own limits are.
    package static let longestUnitRestart: Duration = .seconds(600)
}
