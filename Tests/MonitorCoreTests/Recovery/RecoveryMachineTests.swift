import Testing

@testable import MonitorCore

@Suite struct RecoveryMachineTests {
    var settings: ProcessSettings {
        var settings = ProcessSettings()
        settings.maxAttempts = 2
        settings.healthCheckTimeout = .seconds(5)
        settings.restartDelay = .seconds(2)
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
        #expect(machine.log == ["attempt 1: started, but not healthy: no"])
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
}
