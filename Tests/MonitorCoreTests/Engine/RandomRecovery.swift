import TestSupport

@testable import MonitorCore

/// A recovery whose every step ends as chance says, beside what may be said of it in words.
struct RandomRecovery {
    private let settings: ProcessSettings
    private var machine: RecoveryMachine
    private var action: RecoveryMachine.Action
    private var elapsed = Duration.zero
    private var isPrepared = false
    private var isRestarted = false
    private var isHealthy = false
    private var isFinal = false

    init(settings: ProcessSettings) {
        self.settings = settings
        machine = RecoveryMachine(settings: settings)
        action = machine.begin()
    }

    /// One step more.
    ///
    /// - Returns: the result, when that was the last.
    mutating func step(isHealed: Bool, random: inout SeededGenerator) throws -> RecoveryResult? {
        elapsed += .milliseconds(Int.random(in: 0...3000, using: &random))
        switch action {
        case .prepare:
            isPrepared = isHealed || Bool.random(using: &random)
            action = machine.prepared(failure: isPrepared ? nil : "no")
        case .restart:
            guard isPrepared else { throw RandomWorld.Broken(rule: "it restarts what is not prepared") }
            isPrepared = false
            restart(isHealed: isHealed, random: &random)
        case .check:
            guard isRestarted else { throw RandomWorld.Broken(rule: "it checks what was not restarted") }
            isHealthy = isHealed || Int.random(in: 0..<3, using: &random) == 0
            action = machine.checked(isHealthy ? .healthy : .unhealthy("no"), elapsed: elapsed)
        case .verify:
            isHealthy = isHealed || Int.random(in: 0..<3, using: &random) > 0
            let loss = isHealthy || Bool.random(using: &random) ? nil : "another runs"
            action = machine.verified(isHealthy ? .healthy : .unhealthy("no"), loss: loss, elapsed: elapsed)
        case .wait(let duration):
            elapsed += duration
            action = machine.waited(elapsed: elapsed)
        case .end:
            break
        }
        // A shutdown may cut it off anywhere.
        if !isHealed, Int.random(in: 0..<40, using: &random) == 0, action != .end(.recovered) {
            action = machine.interrupted()
        }
        guard case .end(let outcome) = action else { return nil }
        // One that is cut off while it is to stay healthy is neither.
        if outcome != .interrupted, (outcome == .recovered) != isHealthy {
            throw RandomWorld.Broken(rule: "\(outcome), healthy: \(isHealthy)")
        }
        if outcome == .failed, machine.attempt < settings.maxAttempts, !isFinal {
            throw RandomWorld.Broken(rule: "it gives up after \(machine.attempt) attempts")
        }
        return RecoveryResult(outcome: outcome, attempts: machine.attempt, duration: elapsed, log: machine.log)
    }

    private mutating func restart(isHealed: Bool, random: inout SeededGenerator) {
        let results: [RestartResult] = [
            .restarted("yes"), .restarted("yes"), .failed("no"), .notFound("none"), .refused("never"),
            .interrupted("cut off"),
        ]
        let result = isHealed ? results[0] : results[Int.random(in: 0..<results.count, using: &random)]
        isRestarted = result == .restarted("yes")
        isHealthy = false
        isFinal = result == .notFound("none")
        action = machine.restarted(result, elapsed: elapsed)
    }
}
