import Logging
import MonitorCore
import MonitorSystemd
import TestSupport
import Testing

extension InsideSystemd {
    @Suite struct UnitQueriesTests {
        private let manager = SystemdServiceManager(
            protected: ProtectedUnits(own: ["kept"]), logger: Logger(label: "test"))
        private let name = try! ProcessName("process")

        @Test func `says of every unit what systemctl is-active says`() async throws {
            try await TestUnit("state-active", service: "ExecStart=/bin/sleep infinity")
            try await TestUnit("state-failed", service: "Type=oneshot\nExecStart=/bin/false")
            try await TestUnit("state-activating", service: "Type=oneshot\nExecStart=/bin/sleep infinity")
            try await TestUnit("state-broken", service: "Type=nonsense")
            try await systemctl("start", "state-active")
            _ = try await TestCommand.run("systemctl", ["start", "state-failed"])
            try await systemctl("start", "--no-block", "state-activating")
            try await systemctl("mask", "--runtime", "state-masked")
            let files = try await systemctl("list-unit-files", "--type=service", "--plain", "--no-legend")
            let installed = files.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
            let names =
                installed.filter { !$0.contains("@.") && !$0.contains("\\") } + [
                    "state-masked", "nobody-there", "systemd-journald",
                ]
            try #require(names.count > 20)

            var states: Set<String> = []
            for name in names {
                let expected = try await TestCommand.run("systemctl", ["is-active", name])
                let state = try await manager.activeState(of: try UnitName(configured: name))
                #expect(expected.output == "\(state)\n", "\(name)")
                #expect((expected.status == 0) == (state == "active"), "\(name)")
                states.insert(state)
            }
            #expect(states == ["active", "inactive", "failed", "activating"])
        }

        @Test func `a template has no state`() async throws {
            try await TestUnit.write("state@.service", "[Service]\nExecStart=/bin/true\n")
            #expect(try await manager.activeState(of: try UnitName(configured: "state@")) == "inactive")
        }

        @Test func `finds the service that has a process, and whether it is its main one`() async throws {
            let unit = try await TestUnit(
                "owner", service: "ExecStart=/bin/sh -c 'sleep infinity & echo $! >/run/owner-child; wait'")
            try await systemctl("start", unit.name.rawValue)
            let main = try #require(Int32(try await unit.property("MainPID")))
            #expect(try await manager.owner(of: main) == UnitOwner(unit.name, isMainProcess: true))

            while try await TestCommand.run("test", ["-s", "/run/owner-child"]).status != 0 {}
            let child = try await TestCommand.run("cat", ["/run/owner-child"]).output.dropLast()
            let pid = try #require(Int32(child))
            #expect(try await manager.owner(of: pid) == UnitOwner(unit.name, isMainProcess: false))
            #expect(try await manager.owner(of: 1) == nil)
            #expect(try await manager.owner(of: 4_000_000) == nil)
        }

        @Test func `a process that stays when its service stops is its own`() async throws {
            let unit = try await TestUnit(
                "cronlike",
                service: "KillMode=process\nExecStart=/bin/sh -c 'sleep infinity & echo $! >/run/stays; wait'")
            try await systemctl("start", unit.name.rawValue)
            while try await TestCommand.run("test", ["-s", "/run/stays"]).status != 0 {}
            let child = try await TestCommand.run("cat", ["/run/stays"]).output.dropLast()
            let main = try #require(Int32(try await unit.property("MainPID")))
            #expect(try await manager.owner(of: try #require(Int32(child))) == nil)
            #expect(try await manager.owner(of: main) == UnitOwner(unit.name, isMainProcess: true))
        }

        @Test func `tells a unit at rest from one that systemd is at`() async throws {
            let waiting = try await TestUnit(
                "rest-waiting", service: "Restart=always\nRestartSec=600\nExecStart=/bin/false")
            let failed = try await TestUnit("rest-failed", service: "ExecStart=/bin/false")
            for unit in [waiting, failed] { try await systemctl("start", unit.name.rawValue) }
            while try await waiting.property("SubState") != "auto-restart" {}
            while try await failed.property("ActiveState") != "failed" {}
            #expect(try await !manager.state(of: waiting.name).isAtRest)
            #expect(try await manager.state(of: failed.name).isAtRest)
            #expect(try await !manager.state(of: try UnitName(configured: "never-heard-of")).isAtRest)
        }

        @Test func `stops a unit that systemd would start again`() async throws {
            let unit = try await TestUnit(
                "persistent", service: "Restart=always\nRestartSec=600\nExecStart=/bin/false")
            try await systemctl("start", unit.name.rawValue)
            while try await unit.property("SubState") != "auto-restart" {}
            try await manager.stop(unit.name, for: name)
            #expect(try await unit.property("ActiveState") == "inactive")
        }

        @Test func `stopping what is stopped, or isn't there, is done`() async throws {
            let unit = try await TestUnit("stopped", service: "ExecStart=/bin/sleep infinity")
            try await systemctl("start", unit.name.rawValue)
            for _ in 0..<2 { try await manager.stop(unit.name, for: name) }
            #expect(try await unit.property("ActiveState") == "inactive")
            try await manager.stop(try UnitName(configured: "never-heard-of"), for: name)
        }

        @Test func `stops nothing that is protected`() async throws {
            await #expect(throws: ServiceManagerError.self) {
                try await manager.stop(try UnitName(configured: "dbus"), for: name)
            }
            #expect(try await systemctl("is-active", "dbus.service") == "active")
        }
    }
}
