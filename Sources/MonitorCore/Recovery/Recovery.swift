internal import Logging

/// What a recovery needs of the outside: how to restart, how to check, what to run before.
public struct RecoveryParts: Sendable {
    /// Runs the command before an attempt.
    ///
    /// Returns nil when it went well, else how it failed, a phrase. It has a time limit of its own.
    public typealias Preparation = @Sendable (_ process: MonitoredProcess) async -> String?

    public var strategy: any RestartStrategy
    public var healthCheck: any HealthCheck
    public var prepare: Preparation
    /// Whether the daemon of an instance has ended; nil where this host can't tell, so that its lease decides.
    public var hasExited: @Sendable (_ instance: String) -> Bool?

    /// - Parameter prepare: runs `pre_restart_command`; without it a process that has one is not restarted.
    public init(
        strategy: any RestartStrategy, healthCheck: any HealthCheck,
        prepare: @escaping Preparation = { process in
            process.settings.preRestartCommand.map { _ in "nothing here runs its pre_restart_command" }
        },
        hasExited: @escaping @Sendable (_ instance: String) -> Bool? = { _ in nil }
    ) {
        self.strategy = strategy
        self.healthCheck = healthCheck
        self.prepare = prepare
        self.hasExited = hasExited
    }
}

/// Carries out what a ``RecoveryMachine`` asks for.
struct Recovery<C: Clock<Duration>>: Sendable {
    let process: MonitoredProcess
    let parts: RecoveryParts
    let clock: C
    let logger: Logger

    /// Runs to the end, or to the cancellation of the task, which is an ``RecoveryOutcome/interrupted`` recovery.
    func run() async -> RecoveryResult {
        let begin = clock.now
        var machine = RecoveryMachine(settings: process.settings)
        var action = machine.begin()
        while true {
            if case .end(let outcome) = action {
                return RecoveryResult(
                    outcome: outcome, attempts: machine.attempt, duration: begin.duration(to: clock.now),
                    log: machine.log)
            }
            action = await perform(action, on: &machine, since: begin)
            // Only an end that the cancellation has not coloured stands.
            if Task.isCancelled, !action.isSuccess { action = machine.interrupted() }
        }
    }

    private func perform(
        _ action: RecoveryMachine.Action, on machine: inout RecoveryMachine, since begin: C.Instant
    ) async -> RecoveryMachine.Action {
        switch action {
        case .prepare:
            logger.debug("running pre_restart_command", metadata: ["attempt": "\(machine.attempt)"])
            return machine.prepared(failure: await parts.prepare(process))
        case .restart:
            let result = await parts.strategy.restart(process, logger: logger)
            logger.info(
                "attempted a restart",
                metadata: [
                    "event": "recovery.attempted", "attempt": "\(machine.attempt)", "result": "\(result.phrase)",
                ])
            return machine.restarted(result, elapsed: begin.duration(to: clock.now))
        case .check(let limit):
            let result = await parts.healthCheck.check(process, limit: limit)
            if case .unhealthy(let phrase) = result {
                logger.debug("not healthy yet", metadata: ["reason": "\(phrase)"])
            } else {
                logger.info("health check passed", metadata: ["event": "recovery.healthy"])
            }
            return machine.checked(result, elapsed: begin.duration(to: clock.now))
        case .wait(let duration):
            // A cancelled sleep is seen by the loop.
            try? await clock.sleep(for: duration)
            return machine.waited(elapsed: begin.duration(to: clock.now))
        case .end:
            return action
        }
    }
}

extension RecoveryMachine.Action {
    fileprivate var isSuccess: Bool { self == .end(.recovered) }
}

extension RestartResult {
    /// The phrase of whichever case it is.
    public var phrase: String {
        switch self {
        case .restarted(let text, _), .failed(let text), .notFound(let text), .refused(let text),
            .interrupted(let text):
            text
        }
    }
}
