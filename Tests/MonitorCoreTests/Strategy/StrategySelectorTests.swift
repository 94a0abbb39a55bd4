import Logging
import Testing

@testable import MonitorCore

@Suite struct StrategySelectorTests {
    private let process = RecordingStrategy()
    private let manager = RecordingServiceManager([
        "web.service": .restarted("unit"), "other.service": .restarted("other"),
    ])

    private func restart(
        _ name: String, as strategy: ProcessSettings.Strategy, unit: String? = nil, hasManager: Bool = true
    ) async throws -> RestartResult {
        var settings = ProcessSettings()
        settings.strategy = strategy
        settings.unit = try unit.map { try UnitName(configured: $0) }
        let selector = StrategySelector(
            process: process, manager: hasManager ? manager : nil, protected: ProtectedUnits(own: []))
        return await selector.restart(
            MonitoredProcess(name: try ProcessName(name), settings: settings),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test(arguments: [
        (ProcessSettings.Strategy.service, RestartResult.restarted("unit")), (.auto, .restarted("unit")),
        (.process, .restarted("started the process")),
    ])
    func `does what is configured`(strategy: ProcessSettings.Strategy, result: RestartResult) async throws {
        #expect(try await restart("web", as: strategy) == result)
    }

    @Test func `restarts the unit that is configured`() async throws {
        #expect(try await restart("web", as: .service, unit: "other") == .restarted("other"))
    }

    @Test func `without a service manager, auto is process and service is refused`() async throws {
        #expect(try await restart("web", as: .auto, hasManager: false) == .restarted("started the process"))
        let refused = RestartResult.refused("no systemd runs here: restart_strategy = service can't work")
        #expect(try await restart("web", as: .service, hasManager: false) == refused)
    }

    @Test(arguments: ProcessSettings.Strategy.allCases)
    func `touches nothing that is protected, by any strategy`(strategy: ProcessSettings.Strategy) async throws {
        for (name, unit) in [("dbus", nil), ("web", "systemd-logind"), ("init", "web")] {
            guard case .refused(let text) = try await restart(name, as: strategy, unit: unit) else {
                Issue.record("\(name) was not refused")
                continue
            }
            #expect(text.hasPrefix("\(name) is protected: "))
        }
        #expect(manager.calls.isEmpty)
        #expect(process.calls == 0)
    }

    // MARK: Who owns it

    private func restartAsProcess(
        running pids: [Int32] = [7], with manager: RecordingServiceManager, _ process: RecordingStrategy,
        commands: Bool = false
    ) async throws -> RestartResult {
        var settings = ProcessSettings()
        settings.strategy = .process
        if commands {
            settings.startCommand = try CommandTemplate("start")
            settings.stopCommand = try CommandTemplate("stop")
        }
        let selector = StrategySelector(process: process, manager: manager, protected: ProtectedUnits(own: []))
        return await selector.restart(
            MonitoredProcess(name: try ProcessName("web"), settings: settings),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func `as a process, too, a unit's main process is restarted through the unit`() async throws {
        let manager = RecordingServiceManager(["shop.service": .restarted("unit")], owners: [7: "shop.service"])
        let process = RecordingStrategy(running: [7])
        #expect(try await restartAsProcess(with: manager, process) == .restarted("unit"))
        #expect(process.calls == 0)
    }

    @Test func `as a process, too, what a unit is about to start again is left to the unit`() async throws {
        let state = UnitState(UnitName(given: "web.service"), active: "activating", sub: "auto-restart")
        let manager = RecordingServiceManager(["web.service": .restarted("unit")], states: ["web.service": state])
        let process = RecordingStrategy()
        #expect(try await restartAsProcess(with: manager, process) == .restarted("unit"))
        #expect(process.calls == 0)
    }

    @Test(arguments: [("failed", "failed"), ("inactive", "dead"), ("active", "exited")])
    func `as a process, a unit that stays down, or is done, is in nothing's way`(active: String, sub: String)
        async throws
    {
        let state = UnitState(UnitName(given: "web.service"), active: active, sub: sub)
        let manager = RecordingServiceManager(states: ["web.service": state])
        let process = RecordingStrategy()
        #expect(try await restartAsProcess(with: manager, process) == .restarted("started the process"))
    }

    @Test func `an operator who gives both commands is believed to know whose it is`() async throws {
        let manager = RecordingServiceManager(children: [7: "supervisor.service"])
        let process = RecordingStrategy(running: [7])
        let result = try await restartAsProcess(with: manager, process, commands: true)
        #expect(result == .restarted("started the process"))
    }

    // MARK: After the restart

    @Test func `what was started is asked of whoever started it`() async throws {
        let selector = StrategySelector(
            process: process, manager: manager, protected: ProtectedUnits(own: []))
        let unit = Started(.unit(try UnitName(configured: "web"), invocation: [1]))
        #expect(await selector.loss(of: unit) == "web.service [1] is lost")
        #expect(await selector.diagnosis(of: unit) == "web.service [1] ails")
        #expect(await selector.loss(of: Started(.process(pid: 7, startTime: 1))) == "the process is lost")
        #expect(await selector.loss(of: Started()) == nil)
    }

    @Test func `only a process that may be a service is prepared for`() async throws {
        let selector = StrategySelector(process: process, manager: manager, protected: ProtectedUnits(own: []))
        for (name, strategy) in [
            ("a", ProcessSettings.Strategy.auto), ("b", .process), ("c", .service), ("dbus", .auto),
        ] {
            var settings = ProcessSettings()
            settings.strategy = strategy
            await selector.prepare(MonitoredProcess(name: try ProcessName(name), settings: settings))
        }
        #expect(manager.calls == ["prepare a.service", "prepare c.service"])
    }

    @Test func `what is disabled may be started only for a process that the configuration names`() async throws {
        var settings = EngineSettings()
        settings.processes[try ProcessName("web")] = ProcessSettings()
        let selector = StrategySelector(process: process, manager: manager, protected: ProtectedUnits(own: []))
        for text in ["web", "other"] {
            let name = try ProcessName(text)
            _ = await selector.restart(
                MonitoredProcess(name: name, settings: settings.settings(for: name)),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }
        #expect(manager.orders.map(\.startsDisabled) == [true, false])
    }
}
