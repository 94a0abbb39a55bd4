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
            process: process, manager: hasManager ? manager : nil, protected: ProtectedUnits(own: [])
        ) { _, _ in [] }
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
}
