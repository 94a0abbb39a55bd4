import Logging
import Testing

@testable import MonitorCore

@Suite struct AutoStrategyTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func restart(
        _ name: String = "web", with manager: RecordingServiceManager, startCommand: String? = nil,
        process: RecordingStrategy
    ) async throws -> RestartResult {
        var settings = ProcessSettings()
        settings.startCommand = try startCommand.map { try CommandTemplate($0) }
        let strategy = AutoStrategy(
            manager: manager, process: process, protected: ProtectedUnits(own: ["own.service"]))
        return await strategy.restart(
            MonitoredProcess(name: try ProcessName(name), settings: settings), logger: logger)
    }

    @Test(arguments: [RestartResult.restarted("done"), .refused("masked"), .interrupted("cancelled")])
    func `what the unit comes to is the result, unless it fails`(result: RestartResult) async throws {
        let manager = RecordingServiceManager(["web.service": result])
        let process = RecordingStrategy(running: [7])
        #expect(try await restart(with: manager, startCommand: "start", process: process) == result)
        #expect(manager.calls == ["restart web.service"])
        #expect(process.calls == 0)
    }

    @Test func `a process without a unit is restarted as a process`() async throws {
        let manager = RecordingServiceManager()
        let process = RecordingStrategy(running: [7])
        #expect(try await restart(with: manager, process: process) == .restarted("started the process"))
        #expect(process.calls == 1)
        #expect(manager.calls == ["restart web.service"])
    }

    @Test func `a process that is another unit's main process is restarted as that unit`() async throws {
        let manager = RecordingServiceManager(["real.service": .restarted("real")], owners: [7: "real.service"])
        let process = RecordingStrategy(running: [7])
        #expect(try await restart(with: manager, process: process) == .restarted("real"))
        #expect(manager.calls == ["restart web.service", "restart real.service"])
        #expect(process.calls == 0)
    }

    @Test func `a process that runs as several units is not touched`() async throws {
        let manager = RecordingServiceManager(owners: [7: "b.service", 8: "a.service"])
        let process = RecordingStrategy(running: [7, 8])
        let result = try await restart(with: manager, process: process)
        #expect(result == .refused("web runs as several units (a.service, b.service): set unit to one of them"))
        #expect(process.calls == 0)
    }

    @Test func `a protected unit is not taken for the process's`() async throws {
        let manager = RecordingServiceManager(owners: [7: "own.service"])
        let process = RecordingStrategy(running: [7])
        #expect(try await restart(with: manager, process: process) == .restarted("started the process"))
        #expect(manager.calls == ["restart web.service"])
    }

    @Test func `without knowing whose a process is, nothing is killed`() async throws {
        let manager = RecordingServiceManager(owners: [7: "-"])
        let process = RecordingStrategy(running: [7])
        #expect(try await restart(with: manager, process: process) == .failed("cannot say"))
        #expect(process.calls == 0)
    }

    @Test func `a unit that fails is stopped before the process is started`() async throws {
        let manager = RecordingServiceManager(["web.service": .failed("unit failed")])
        let process = RecordingStrategy()
        let result = try await restart(with: manager, startCommand: "start", process: process)
        #expect(result == .restarted("started the process, in place of unit web.service"))
        #expect(manager.calls == ["restart web.service", "stop web.service"])
    }

    @Test func `a unit that fails is left alone where nothing else can be started`() async throws {
        let manager = RecordingServiceManager(["web.service": .failed("unit failed")])
        let process = RecordingStrategy()
        #expect(try await restart(with: manager, process: process) == .failed("unit failed"))
        #expect(manager.calls == ["restart web.service"])
        #expect(process.calls == 0)
    }

    @Test func `no process is started beside a unit that can't be stopped`() async throws {
        let manager = RecordingServiceManager(["web.service": .failed("unit failed")], stopError: "it clings")
        let process = RecordingStrategy()
        let result = try await restart(with: manager, startCommand: "start", process: process)
        #expect(result == .failed("unit failed; it clings"))
        #expect(process.calls == 0)
    }

    @Test func `both failures are told`() async throws {
        let manager = RecordingServiceManager(["web.service": .failed("unit failed")])
        let process = RecordingStrategy(.failed("start_command failed"), running: [7])
        let result = try await restart(with: manager, process: process)
        #expect(result == .failed("unit failed; then start_command failed"))
    }

    // MARK: What is not the process's own

    @Test(arguments: [
        UnitState(UnitName(given: "web.service"), load: "bad-setting", active: "active", sub: "running"),
        UnitState(UnitName(given: "web.service"), active: "activating", sub: "auto-restart"),
        UnitState(UnitName(given: "web.service"), active: "activating", sub: "start"),
        UnitState(UnitName(given: "web.service"), active: "active", sub: "running"),
        UnitState(UnitName(given: "web.service"), load: "masked", active: "inactive", sub: "dead"),
    ])
    func `a unit that systemd is still at, or can't read, is not stopped for the process`(state: UnitState) async throws
    {
        let manager = RecordingServiceManager(["web.service": .failed("unit failed")], states: ["web.service": state])
        let process = RecordingStrategy(running: [7])
        let result = try await restart(with: manager, startCommand: "start", process: process)
        #expect(result == .failed("unit failed"))
        #expect(manager.calls == ["restart web.service"])
        #expect(process.calls == 0)
    }

    @Test(arguments: [nil, "start"])
    func `a healthy instance of the same program is never killed for a unit that fails`(command: String?) async throws {
        let manager = RecordingServiceManager(["web.service": .failed("unit failed")], owners: [7: "web@b.service"])
        let process = RecordingStrategy(running: [7])
        let result = try await restart(with: manager, startCommand: command, process: process)
        #expect(result == .failed("unit failed; what runs under its name is unit web@b.service's, and left alone"))
        #expect(manager.calls == ["restart web.service"])
        #expect(process.calls == 0)
    }

    @Test(arguments: [LaunchPlan.impossible("cannot start web: program '/x' is gone"), .nothingKnown])
    func `a unit is not stopped for a process that can't be started`(plan: LaunchPlan) async throws {
        let manager = RecordingServiceManager(["web.service": .failed("unit failed")])
        let process = RecordingStrategy(running: [7], plan: plan)
        let result = try await restart(with: manager, process: process)
        let then = plan == .nothingKnown ? "" : "; then cannot start web: program '/x' is gone"
        #expect(result == .failed("unit failed\(then)"))
        #expect(manager.calls == ["restart web.service"])
        #expect(process.calls == 0)
    }

    @Test func `a process in a unit that isn't its main process is not killed`() async throws {
        let manager = RecordingServiceManager(children: [7: "shop.service"])
        let process = RecordingStrategy(running: [7])
        let result = try await restart(with: manager, process: process)
        let reason =
            "web runs in unit shop.service, but isn't its main process: set unit = shop.service to restart all of it"
        #expect(result == .refused(reason))
        #expect(process.calls == 0)
    }

    @Test func `a process in a protected unit is not killed`() async throws {
        let manager = RecordingServiceManager(children: [7: "dbus.service"])
        let process = RecordingStrategy(running: [7])
        guard case .refused(let reason) = try await restart(with: manager, process: process) else {
            Issue.record("it was not refused")
            return
        }
        #expect(reason.hasPrefix("web runs in unit dbus.service, which is protected: "))
        #expect(process.calls == 0)
    }

    @Test func `a process of a user's session is a process as any other`() async throws {
        let manager = RecordingServiceManager(children: [7: "user@1000.service"])
        let process = RecordingStrategy(running: [7])
        #expect(try await restart(with: manager, process: process) == .restarted("started the process"))
    }

    @Test(arguments: [["/usr/sbin/web", "-D"], ["/usr/bin/python3", "/opt/shop/web"]])
    func `what a unit runs under another name, or is about to start again, is left to that unit`(command: [String])
        async throws
    {
        let unit = try UnitName(configured: "shop")
        let manager = RecordingServiceManager(
            ["shop.service": .restarted("shop")],
            atWork: [unit: [command], try UnitName(configured: "other"): [["/bin/other", "--for", "web"]]])
        let process = RecordingStrategy(plan: .nothingKnown)
        #expect(try await restart(with: manager, startCommand: "start", process: process) == .restarted("shop"))
        #expect(process.calls == 0)
    }

    @Test func `where there is nothing to restart, all that was looked for is told`() async throws {
        let process = RecordingStrategy(plan: .nothingKnown)
        let result = try await restart("order-service", with: RecordingServiceManager(), process: process)
        let reason =
            "nothing to restart: unit order-service.service does not exist, no process named 'order-service' runs, "
        #expect(result == .failed(reason + "and no start_command is set"))
        #expect(process.calls == 0)
    }

    @Test func `what is known of a process is started where none runs`() async throws {
        let process = RecordingStrategy(plan: .ready)
        #expect(
            try await restart(with: RecordingServiceManager(), process: process) == .restarted("started the process"))
    }
}
