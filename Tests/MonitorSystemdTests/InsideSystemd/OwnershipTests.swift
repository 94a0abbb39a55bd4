import Foundation
import Logging
import MonitorCore
import MonitorLinux
import MonitorSystemd
import TestSupport
import Testing

extension InsideSystemd {
    /// Strategies and units that own what they would kill, with a real systemd.
    @Suite struct OwnershipTests {
        private let selector: StrategySelector

        init() {
            let manager = SystemdServiceManager(
                protected: ProtectedUnits(own: []), runtimeDirectory: "/run/ownership-test",
                logger: Logger(label: "test"))
            selector = StrategySelector(
                process: ProcessStrategy(launcher: TransientUnitLauncher(manager: manager), stateDirectory: nil),
                manager: manager, protected: ProtectedUnits(own: []))
        }

        /// Makes a program of the name, and restarts it as a process of that name.
        private func program(_ name: String) async throws -> String {
            try await TestCommand.run("cp", ["/bin/sleep", "/usr/local/bin/\(name)"])
            return "/usr/local/bin/\(name) infinity"
        }

        private func restart(_ name: String, as strategy: ProcessSettings.Strategy = .auto) async throws
            -> RestartResult
        {
            var settings = ProcessSettings()
            settings.strategy = strategy
            settings.startCommand = try CommandTemplate("exec /usr/local/bin/\(name) infinity")
            let process = MonitoredProcess(name: try ProcessName(name), settings: settings)
            return await selector.restart(process, logger: Logger(label: "test"))
        }

        private func pids(of name: String) async throws -> [String] {
            try await TestCommand.run("pgrep", ["-x", name]).output.split(separator: "\n").map(String.init)
        }

        @Test func `a healthy instance is not killed for the unit that fails beside it`() async throws {
            let command = try await program("app-two")
            try await TestUnit.write("app-two@.service", "[Service]\nExecStart=\(command)\n")
            try await TestUnit("app-two", service: "Type=exec\nExecStartPre=/bin/false\nExecStart=\(command)")
            try await systemctl("start", "app-two@b")
            let before = try await pids(of: "app-two")
            try #require(before.count == 1)

            let failure = try #require(try await restart("app-two").failure)
            #expect(failure.contains("what runs under its name is unit app-two@b.service's, and left alone"))
            #expect(try await pids(of: "app-two") == before)
        }

        @Test func `a running unit with a bad edit of its file stays up`() async throws {
            let command = try await program("edited")
            let unit = try await TestUnit("edited", service: "ExecStart=\(command)")
            try await systemctl("start", "edited")
            let before = try await pids(of: "edited")
            // Without a command systemd takes no service's file.
            try await TestUnit("edited", service: "")

            #expect(try await restart("edited").failure?.contains("can't be loaded") == true)
            #expect(try await unit.property("ActiveState") == "active")
            #expect(try await pids(of: "edited") == before)
        }

        @Test func `a unit that systemd will start again is not stopped for a process`() async throws {
            let command = try await program("waiting")
            let unit = try await TestUnit(
                "waiting",
                service: "Type=notify\nRestart=always\nRestartSec=600\nExecStartPre=/bin/false\nExecStart=\(command)")
            #expect(try await restart("waiting").failure != nil)
            #expect(try await unit.property("SubState") == "auto-restart")
            #expect(try await pids(of: "waiting").isEmpty)
            try await systemctl("stop", "waiting")
        }

        @Test(
            arguments: [("kept-a", "kept-a"), ("kept-b", "kept-b-server")], [ProcessSettings.Strategy.process, .auto])
        func `what a unit is about to start again is there once`(
            names: (program: String, unit: String), strategy: ProcessSettings.Strategy
        ) async throws {
            let command = try await program(names.program)
            let unit = try await TestUnit(
                names.unit, unit: "StartLimitIntervalSec=0",
                service: "Restart=always\nRestartSec=1\nExecStart=\(command)")
            try await systemctl("start", unit.name.rawValue)
            try await systemctl("kill", "--signal=KILL", unit.name.rawValue)
            while try await unit.property("SubState") != "auto-restart" {}

            let result = try await restart(names.program, as: strategy)
            #expect(result.wasRestarted, "\(result)")
            try await Task.sleep(for: .seconds(1.5))
            #expect(try await pids(of: names.program) == [try await unit.property("MainPID")])
            try await systemctl("stop", unit.name.rawValue)
        }

        @Test func `a running unit's process is restarted through the unit, as a process too`() async throws {
            let command = try await program("through")
            let unit = try await TestUnit("through-server", service: "ExecStart=\(command)")
            try await systemctl("start", unit.name.rawValue)
            let result = try await restart("through", as: .process)
            #expect(result.wasRestarted(as: "unit through-server.service restarted"), "\(result)")
            #expect(try await pids(of: "through") == [try await unit.property("MainPID")])
        }

        @Test func `what a unit runs under another name is not started beside it`() async throws {
            try await TestCommand.run("mkdir", ["-p", "/opt/shop"])
            try "exec /bin/sleep infinity\n".write(toFile: "/opt/shop/hidden-worker", atomically: true, encoding: .utf8)
            let unit = try await TestUnit("shop-server", service: "ExecStart=/bin/sh /opt/shop/hidden-worker")
            try await systemctl("start", unit.name.rawValue)
            let before = try await unit.property("MainPID")

            let result = try await restart("hidden-worker")
            #expect(result.wasRestarted(as: "unit shop-server.service restarted"), "\(result)")
            #expect(try await unit.property("MainPID") != before)
            #expect(try await systemctl("list-units", "--plain", "--no-legend", "monitord-process-hidden-*").isEmpty)
        }
    }
}
