import Testing

@testable import MonitorCore

@Suite struct RecoveryMachineTests {
    var settings: ProcessSettings {
        var settings = ProcessSettings()
        settings.maxAttempts = 2
        settings.healthCheckTimeout = .seconds(5)
        settings.restartDelay = .seconds(2)
        settings.stableFor = .zero
        return settings
    }

    @Test func `restart, check, done`() {
        var machine = RecoveryMachine(settings: settings)
        #expect(machine.begin() == .restart)
        #expect(
            machine.restarted(.restarted("unit x.service restarted"), elapsed: .seconds(1))
                == .check(limit: .seconds(5)))
        #expect(machine.checked(.healthy, elapsed: .seconds(1)) == .end(.recovered))
        #expect(machine.log == ["unit x.service restarted, healthy"])
    }

    @Test func `the command before an attempt runs before each, and its failure leaves the process alone`() throws {
        var settings = settings
        settings.preRestartCommand = try CommandTemplate("configtest")
        var machine = RecoveryMachine(settings: settings)
        #expect(machine.begin() == .prepare)
        #expect(machine.prepared(failure: "configtest exited with 1") == .wait(.seconds(2)))
        #expect(machine.waited(elapsed: .seconds(2)) == .prepare)
        #expect(machine.prepared(failure: nil) == .restart)
        #expect(machine.attempt == 2)
    }

    @Test func `the health check is tried again until its time is over`() {
        var machine = RecoveryMachine(settings: settings)
        _ = machine.begin()
        _ = machine.restarted(.restarted("started"), elapsed: .zero)
        var elapsed = Duration.zero
        var tries = 0
        while true {
            tries += 1
            guard case .wait(let pause) = machine.checked(.unhealthy("no"), elapsed: elapsed), elapsed < .seconds(5)
            else { break }
            elapsed += pause
            guard case .check = machine.waited(elapsed: elapsed) else { break }
        }
        #expect(elapsed == .seconds(5))
        #expect(tries > 4)
        #expect(machine.log == ["attempt 1: not healthy: no (started)"])
    }

    @Test func `as many attempts as configured, then failed`() {
        var machine = RecoveryMachine(settings: settings)
        _ = machine.begin()
        #expect(machine.restarted(.failed("no"), elapsed: .zero) == .wait(.seconds(2)))
        #expect(machine.waited(elapsed: .seconds(2)) == .restart)
        #expect(machine.restarted(.failed("still no"), elapsed: .seconds(2)) == .end(.failed))
        #expect(machine.log == ["attempt 1: no", "attempt 2: still no"])
    }

    @Test(arguments: [
        (RestartResult.notFound("no such unit"), RecoveryOutcome.failed), (.refused("masked"), .refused),
        (.interrupted("cancelled"), .interrupted),
    ])
    func `what another attempt can't change ends it`(result: RestartResult, outcome: RecoveryOutcome) {
        var machine = RecoveryMachine(settings: settings)
        _ = machine.begin()
        #expect(machine.restarted(result, elapsed: .zero) == .end(outcome))
    }

    @Test func `an interruption ends it anywhere`() {
        var machine = RecoveryMachine(settings: settings)
        _ = machine.begin()
        _ = machine.restarted(.restarted("started"), elapsed: .zero)
        #expect(machine.interrupted() == .end(.interrupted))
    }

    /// The machine just after a check that passed.
    private func healthyAtFirst(_ started: Started = Started(), stableFor: Duration? = nil) -> (
        machine: RecoveryMachine, next: RecoveryMachine.Action
    ) {
        var settings = settings
        settings.stableFor = stableFor
        var machine = RecoveryMachine(settings: settings)
        _ = machine.begin()
        _ = machine.restarted(.restarted("started", started), elapsed: .zero)
        let next = machine.checked(.healthy, elapsed: .seconds(1))
        return (machine, next)
    }

    @Test func `what only started has to stay healthy for a second; what proved that it is ready has not`() {
        #expect(healthyAtFirst().next == .wait(.seconds(1)))
        #expect(healthyAtFirst(Started(isReady: true)).next == .end(.recovered))
        #expect(healthyAtFirst(Started(isReady: true), stableFor: .seconds(7)).next == .wait(.seconds(7)))
        #expect(healthyAtFirst(stableFor: .zero).next == .end(.recovered))
    }

    @Test func `what is healthy, and still is, is recovered`() {
        var (machine, _) = healthyAtFirst()
        #expect(machine.waited(elapsed: .seconds(2)) == .verify(limit: .seconds(5)))
        #expect(machine.verified(.healthy, loss: nil, elapsed: .seconds(2)) == .end(.recovered))
    }

    @Test func `what dies after its check has passed is a failed attempt, whatever runs in its place`() {
        var (machine, _) = healthyAtFirst()
        _ = machine.waited(elapsed: .seconds(2))
        #expect(machine.verified(.healthy, loss: "it exited with 3", elapsed: .seconds(2)) == .wait(.seconds(2)))
        #expect(machine.log == ["attempt 1: healthy at first, but it exited with 3 (started)"])
        #expect(machine.isUnhealthy)
    }

    @Test func `what is not healthy at the second pass is checked on while there is time`() {
        var (machine, _) = healthyAtFirst()
        _ = machine.waited(elapsed: .seconds(2))
        guard case .wait = machine.verified(.unhealthy("no"), loss: nil, elapsed: .seconds(2)) else {
            return #expect(Bool(false), "it gives up")
        }
        _ = machine.waited(elapsed: .seconds(6))
        #expect(machine.checked(.unhealthy("no"), elapsed: .seconds(6)) == .wait(.seconds(2)))
        #expect(machine.log == ["attempt 1: not healthy: no (started)"])
    }

    @Test func `what came back by itself is not restarted; what did not is`() {
        var machine = RecoveryMachine(settings: settings)
        #expect(machine.begin(inspects: true) == .check(limit: .seconds(5)))
        #expect(machine.checked(.healthy, elapsed: .zero) == .end(.recovered))
        #expect(machine.log == ["healthy again by itself"])
        #expect(machine.attempts == 0)
        machine = RecoveryMachine(settings: settings)
        _ = machine.begin(inspects: true)
        #expect(machine.checked(.unhealthy("no"), elapsed: .zero) == .restart)
        _ = machine.restarted(.failed("cannot start"), elapsed: .zero)
        #expect(machine.attempts == 1, "it was tried, and is told so, though nothing was started")
    }
}
