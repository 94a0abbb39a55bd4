import Logging
import Testing

@testable import MonitorCore

@Suite struct AutoStrategyTests {
    private let process = RecordingStrategy()
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func restart(
        _ name: String = "web", with manager: RecordingServiceManager, running: [Int32] = [],
        startCommand: String? = nil, process: RecordingStrategy? = nil
    ) async throws -> RestartResult {
        var settings = ProcessSettings()
        settings.startCommand = try startCommand.map { try CommandTemplate($0) }
        let strategy = AutoStrategy(
            manager: manager, process: process ?? self.process, protected: ProtectedUnits(own: ["own.service"])
        ) { _, _ in running }
        return await strategy.restart(
            MonitoredProcess(name: try ProcessName(name), settings: settings), logger: logger)
    }

    @Test(arguments: [RestartResult.restarted("done"), .refused("masked"), .interrupted("cancelled")])
    func `what the unit comes to is the result, unless it fails`(result: RestartResult) async throws {
        let manager = RecordingServiceManager(["web.service": result])
        #expect(try await restart(with: manager, running: [7], startCommand: "start") == result)
        #expect(manager.calls == ["restart web.service"])
        #expect(process.calls == 0)
    }

    @Test func `a process without a unit is restarted as a process`() async throws {
        let manager = RecordingServiceManager()
        #expect(try await restart(with: manager, running: [7]) == .restarted("started the process"))
        #expect(process.calls == 1)
        #expect(manager.calls == ["restart web.service"])
    }

    @Test func `a process that is another unit's main process is restarted as that unit`() async throws {
        let manager = RecordingServiceManager(["real.service": .restarted("real")], owners: [7: "real.service"])
        #expect(try await restart(with: manager, running: [7]) == .restarted("real"))
        #expect(manager.calls == ["restart web.service", "restart real.service"])
        #expect(process.calls == 0)
    }

    @Test func `a process that runs as several units is not touched`() async throws {
        let manager = RecordingServiceManager(owners: [7: "b.service", 8: "a.service"])
        let result = try await restart(with: manager, running: [7, 8])
        #expect(result == .refused("web runs as several units (a.service, b.service): set unit to one of them"))
        #expect(process.calls == 0)
    }

    @Test func `a protected unit is not taken for the process's`() async throws {
        let manager = RecordingServiceManager(owners: [7: "own.service"])
        #expect(try await restart(with: manager, running: [7]) == .restarted("started the process"))
        #expect(manager.calls == ["restart web.service"])
    }

    @Test func `without knowing whose a process is, nothing is killed`() async throws {
        let manager = RecordingServiceManager(owners: [7: "-"])
        #expect(try await restart(with: manager, running: [7]) == .failed("cannot say"))
        #expect(process.calls == 0)
    }

    @Test func `a unit that fails is stopped before the process is started`() async throws {
        let manager = RecordingServiceManager(["web.service": .failed("unit failed")])
        let result = try await restart(with: manager, startCommand: "start")
        #expect(result == .restarted("started the process, in place of unit web.service"))
        #expect(manager.calls == ["restart web.service", "stop web.service"])
    }

    @Test func `a unit that fails is left alone where nothing else can be started`() async throws {
        let manager = RecordingServiceManager(["web.service": .failed("unit failed")])
        #expect(try await restart(with: manager) == .failed("unit failed"))
        #expect(manager.calls == ["restart web.service"])
        #expect(process.calls == 0)
    }

    @Test func `no process is started beside a unit that can't be stopped`() async throws {
        let manager = RecordingServiceManager(["web.service": .failed("unit failed")], stopError: "it clings")
        #expect(try await restart(with: manager, startCommand: "start") == .failed("unit failed; it clings"))
        #expect(process.calls == 0)
    }

    @Test func `both failures are told`() async throws {
        let manager = RecordingServiceManager(["web.service": .failed("unit failed")])
        let process = RecordingStrategy(.failed("start_command failed"))
        let result = try await restart(with: manager, running: [7], process: process)
        #expect(result == .failed("unit failed; then start_command failed"))
    }
}
