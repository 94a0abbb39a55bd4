internal import Logging

/// What a recovery needs of the outside: how to restart, how to check, what to run before.
public struct RecoveryParts: Sendable {
    /// Runs the command before an attempt.
    ///
    /// Returns nil when it succeeded, else how it failed, a phrase. It has a time limit of its own.
    public typealias Preparation = @Sendable (_ process: MonitoredProcess) async -> String?

    public var strategy: any RestartStrategy
    public var healthCheck: any HealthCheck
    public var prepare: Preparation
    /// Whether the daemon of an instance has ended; nil where this host can't know, so that its lease decides.
    public var hasExited: @Sendable (_ instance: String) -> Bool?
    package var observer = RecoveryObserver()

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

/// What is told of a process's recovery: that it has begun, and with which outcome it has ended.
package struct RecoveryObserver: Sendable {
    package var began: @Sendable (_ process: MonitoredProcess) async -> Void = { _ in }
    package var ended:
        @Sendable (_ process: MonitoredProcess, _ outcome: RecoveryOutcome, _ started: Started?) async -> Void = {
            _, _, _ in
        }
}

/// What a recovery does at the moment.
enum RecoveryStep: Sendable, Equatable { case preparing, restarting, checking, waiting }

/// Carries out what a ``RecoveryMachine`` asks for.
struct Recovery<C: Clock<Duration>>: Sendable {
    let process: MonitoredProcess
    let parts: RecoveryParts
    let clock: C
    let logger: Logger
    /// Set when the alarm is cleared meanwhile: no further attempt is made. What is being restarted is restarted to its
    /// end, as it would be left stopped else.
    var withdrawal = AsyncEvent()
    /// The revision of the alarm as it is now; nil where it can't be read.
    var readRevision: @Sendable () async -> Int64? = { nil }
    /// Told of each step.
    var onStep: @Sendable (RecoveryStep) async -> Void = { _ in }

    /// Runs to the end, or to the cancellation of the task, which is an ``RecoveryOutcome/interrupted`` recovery.
    ///
    /// - Parameter inspects: the process may be back by itself: then it is not restarted.
    func run(inspects: Bool = false) async -> RecoveryResult {
        let begin = clock.now
        var machine = RecoveryMachine(settings: process.settings)
        var revision: Int64?
        var action = machine.begin(inspects: inspects)
        while true {
            if case .end(let outcome) = action {
                return RecoveryResult(
                    outcome: outcome, attempts: machine.attempts,
                    duration: begin.duration(to: clock.now), log: machine.log, revision: revision,
                    isUnhealthy: machine.isUnhealthy, started: machine.started)
            }
            // An alarm raised before a check that passes was about the process as it was before.
            if case .check = action { revision = await readRevision() }
            action = await perform(action, on: &machine, since: begin)
            // When cancelled, any result except success is reported as interrupted.
            if action == .end(.recovered) { continue }
            if Task.isCancelled {
                action = machine.interrupted()
            } else if withdrawal.isSet, !action.isEnd || action == .end(.failed) {
                action = machine.interrupted("the alarm was cleared meanwhile")
            }
        }
    }

    private func perform(
        _ action: RecoveryMachine.Action, on machine: inout RecoveryMachine, since begin: C.Instant
    ) async -> RecoveryMachine.Action {
        await onStep(action.step)
        switch action {
        case .prepare:
            let failure = await parts.prepare(process)
            logger.debug(
                "ran pre_restart_command",
                metadata: ["attempt": "\(machine.attempt)", "result": "\(failure ?? "succeeded")"])
            return machine.prepared(failure: failure)
        case .restart:
            let result = await parts.strategy.restart(process, logger: logger)
            logger.info(
                "attempted a restart",
                metadata: [
                    "event": "recovery.attempted", "attempt": "\(machine.attempt)", "result": "\(result.phrase)",
                ])
            return machine.restarted(result, elapsed: begin.duration(to: clock.now))
        case .check(let limit):
            let result = await check(limit)
            let elapsed = begin.duration(to: clock.now)
            let diagnosis = machine.isOutOfTime(at: elapsed) ? await diagnosis(of: machine.started, result) : nil
            return machine.checked(result, elapsed: elapsed, diagnosis: diagnosis)
        case .verify(let limit):
            var loss: String?
            if let started = machine.started { loss = await parts.strategy.loss(of: started) }
            if let loss {
                logger.debug("what was started no longer runs", metadata: ["reason": "\(loss)"])
                return machine.verified(.unhealthy(loss), loss: loss, elapsed: begin.duration(to: clock.now))
            }
            let result = await check(limit, isFirst: false)
            let elapsed = begin.duration(to: clock.now)
            let diagnosis = machine.isOutOfTime(at: elapsed) ? await diagnosis(of: machine.started, result) : nil
            return machine.verified(result, loss: nil, elapsed: elapsed, diagnosis: diagnosis)
        case .wait(let duration):
            await withdrawal.wait(atMost: duration, on: clock)
            return machine.waited(elapsed: begin.duration(to: clock.now))
        case .end:
            return action
        }
    }

    private func check(_ limit: Duration, isFirst: Bool = true) async -> HealthResult {
        let result = await parts.healthCheck.check(process, limit: limit)
        switch result {
        case .healthy where isFirst: logger.info("health check passed", metadata: ["event": "recovery.healthy"])
        case .healthy: logger.debug("health check passed again")
        case .unhealthy(let phrase): logger.debug("not healthy yet", metadata: ["reason": "\(phrase)"])
        }
        return result
    }

    /// How a process is that isn't healthy, as its strategy sees it.
    private func diagnosis(of started: Started?, _ result: HealthResult) async -> String? {
        guard case .unhealthy = result, let started else { return nil }
        return await parts.strategy.diagnosis(of: started)
    }
}

extension RecoveryMachine.Action {
    fileprivate var isEnd: Bool { if case .end = self { true } else { false } }

    fileprivate var step: RecoveryStep {
        switch self {
        case .prepare: .preparing
        case .restart: .restarting
        case .check, .verify: .checking
        case .wait, .end: .waiting
        }
    }
}

extension RestartResult {
    /// The phrase of whichever case it is.
    package var phrase: String {
        switch self {
        case .restarted(let text, _), .failed(let text), .notFound(let text), .refused(let text),
            .interrupted(let text):
            text
        }
    }
}
