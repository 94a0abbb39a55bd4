import Logging
import MonitorCore
import MonitorSystemd
import TestSupport
import Testing

extension InsideSystemd {
    /// systemd as a program has it that embeds the engine.
    @Suite struct SystemdPartsTests {
        private func recover(_ process: String) async throws -> Event? {
            let store = InMemoryStore(processes: [1: process])
            await store.setAlarm([1], note: "down")
            var settings = EngineSettings()
            settings.processes[try ProcessName(process)] = ProcessSettings()
            let logger = Logger(label: "test")
            let engine = Engine(
                settings: settings, store: store, parts: try #require(makeSystemdParts(logger: logger)),
                identity: DaemonIdentity(host: "here", instance: "here-1", pid: 1, version: "1"), logger: logger)
            _ = try await engine.runOnce()
            return await store.history(of: nil, limit: 1).first
        }

        @Test func `an engine starts the unit of a process, and finds it healthy`() async throws {
            let unit = try await TestUnit("parts-worker", service: "ExecStart=/bin/sleep infinity")
            #expect(try await recover("parts-worker")?.kind == .recovered)
            #expect(try await unit.property("ActiveState") == "active")
        }

        @Test func `a unit that does not stay up is not recovered, with what it said`() async throws {
            try await TestUnit("parts-dies", service: "ExecStart=/bin/sh -c 'echo port in use; exit 3'")
            let event = try #require(try await recover("parts-dies"))
            #expect(event.kind == .failed && event.detail.contains("port in use"))
        }

        @Test func `what would end the host's own management is refused`() async throws {
            #expect(try await recover("systemd-journald")?.kind == .refused)
        }
    }
}
