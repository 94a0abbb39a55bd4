import Foundation
import Logging
import MonitorCore
import MonitorLinux
import TestSupport
import Testing

@testable import MonitorSystemd

extension InsideSystemd {
    @Suite struct SystemdServiceManagerTests {
        let manager = SystemdServiceManager(
            protected: ProtectedUnits.ofThisProcess(), logger: Logger(label: "test"))

        // MARK: Units that can be restarted

        @Test(arguments: [
            ("simple", "ExecStart=/bin/sleep infinity"),
            ("exec", "Type=exec\nExecStart=/bin/sleep infinity"),
            (
                "notify",
                "Type=notify\nNotifyAccess=all\nExecStart=/bin/sh -c 'systemd-notify --ready; exec sleep infinity'"
            ),
            ("forking", "Type=forking\nExecStart=/bin/sh -c 'sleep infinity &'"),
            ("lasting", "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true"),
        ])
        func `a running unit is restarted, as a new invocation`(stem: String, service: String) async throws {
            let unit = try await TestUnit("run-\(stem)", service: service)
            try await systemctl("start", unit.name.rawValue)
            let before = try await unit.property("InvocationID")

            #expect(await manager.restart(unit.name).wasRestarted(as: "unit run-\(stem).service restarted"))

            #expect(try await unit.property("InvocationID") != before)
            #expect(try await unit.property("ActiveState") == "active")
        }

        @Test func `a unit whose process was killed is started`() async throws {
            let unit = try await TestUnit("killed", service: "ExecStart=/bin/sleep infinity")
            try await systemctl("start", unit.name.rawValue)
            try await systemctl("kill", "--signal=KILL", unit.name.rawValue)

            #expect(await manager.restart(unit.name).wasRestarted)
            #expect(try await unit.property("ActiveState") == "active")
        }

        @Test func `a oneshot unit that did its work is a success`() async throws {
            let unit = try await TestUnit("once", service: "Type=oneshot\nExecStart=/bin/true")
            #expect(await manager.restart(unit.name).wasRestarted(as: "unit once.service ran to its end"))
        }

        @Test func `an alias leads to its unit`() async throws {
            let unit = try await TestUnit("real", service: "ExecStart=/bin/sleep infinity")
            try FileManager.default.createSymbolicLink(
                atPath: "/run/systemd/system/other.service", withDestinationPath: "real.service")
            try await systemctl("daemon-reload")

            #expect(await manager.restart(try UnitName(configured: "other")).wasRestarted)
            #expect(try await unit.property("ActiveState") == "active")
        }

        @Test func `an instance of a template is a unit`() async throws {
            try await TestUnit.write("tpl@.service", "[Service]\nExecStart=/bin/sleep infinity\n")
            #expect(await manager.restart(try UnitName(configured: "tpl@one")).wasRestarted)
        }

        @Test func `a socket-activated service is started, and its socket stays`() async throws {
            let unit = try await TestUnit("listening", service: "ExecStart=/bin/sleep infinity")
            try await TestUnit.write("listening.socket", "[Socket]\nListenStream=/run/listening.sock\n")
            try await systemctl("start", "listening.socket")

            #expect(await manager.restart(unit.name).wasRestarted)
            #expect(try await systemctl("is-active", "listening.socket", "listening.service") == "active\nactive")
        }

        @Test func `a unit that ignores SIGTERM is waited for`() async throws {
            let unit = try await TestUnit(
                "stubborn",
                service: "TimeoutStopSec=3\nExecStart=/bin/sh -c 'trap \"\" TERM; while :; do sleep 1; done'")
            try await systemctl("start", unit.name.rawValue)
            let clock = ContinuousClock()
            let time = await clock.measure { #expect(await manager.restart(unit.name).wasRestarted) }
            #expect(time > .seconds(2.9))
        }

        @Test func `a unit that hit its start limit is started`() async throws {
            let unit = try await TestUnit(
                "limited", unit: "StartLimitBurst=2\nStartLimitIntervalSec=600",
                service: "ExecStart=/bin/sleep infinity")
            for _ in 0..<3 { _ = try await TestCommand.run("systemctl", ["restart", unit.name.rawValue]) }
            try #require(try await unit.property("Result") == "start-limit-hit")

            #expect(await manager.restart(unit.name).wasRestarted)
            #expect(try await unit.property("ActiveState") == "active")
        }

        @Test func `twenty restarts in a row do not trip the start limit`() async throws {
            let unit = try await TestUnit("often", service: "ExecStart=/bin/sleep infinity")
            for _ in 0..<20 { #expect(await manager.restart(unit.name).wasRestarted) }
        }

        // MARK: Units that can't

        @Test func `a unit that isn't there is not found`() async throws {
            #expect(
                await manager.restart(try UnitName(configured: "nobody"))
                    == .notFound("there is no unit nobody.service"))
        }

        @Test func `a name that no unit can have is not found`() async throws {
            let name = UnitName(process: try ProcessName("a+b"))
            #expect(await manager.restart(name).wasNotFound)
            #expect(try await manager.activeState(of: name) == "inactive")
        }

        @Test func `a template without an instance is not found`() async throws {
            try await TestUnit.write("bare@.service", "[Service]\nExecStart=/bin/sleep infinity\n")
            #expect(await manager.restart(try UnitName(configured: "bare@")).wasNotFound)
        }

        @Test func `a masked unit is refused`() async throws {
            try await systemctl("mask", "--runtime", "hidden.service")
            #expect(
                await manager.restart(try UnitName(configured: "hidden")) == .refused("unit hidden.service is masked"))
        }

        @Test func `a unit that forbids manual starts is refused`() async throws {
            let unit = try await TestUnit(
                "dependent", unit: "RefuseManualStart=yes", service: "ExecStart=/bin/sleep infinity")
            #expect(await manager.restart(unit.name).refusal?.contains("RefuseManualStart=") == true)
        }

        @Test func `a protected unit is refused under an alias too`() async throws {
            for name in ["systemd-journald", "dbus", "systemd-box", "dbus-org.freedesktop.login1"] {
                let before = try await systemctl("show", "--property=InvocationID", "\(name).service")
                #expect(await manager.restart(try UnitName(configured: name)).refusal?.contains("is protected") == true)
                #expect(try await systemctl("show", "--property=InvocationID", "\(name).service") == before)
            }
        }

        @Test(arguments: [
            ("ConditionPathExists=/nowhere", "", "Condition"), ("AssertPathExists=/nowhere", "", "Assert"),
            ("", "ExecCondition=/bin/false", "ExecCondition"),
        ])
        func `a unit whose condition does not hold is refused`(
            unit: String, service: String, word: String
        ) async throws {
            for type in ["simple", "oneshot"] {
                let unit = try await TestUnit(
                    "unwanted-\(word.lowercased())-\(type)", unit: unit,
                    service: "Type=\(type)\n\(service)\nExecStart=/bin/true")
                #expect(await manager.restart(unit.name).refusal?.contains(word) == true)
            }
        }

        @Test func `a broken unit file is told`() async throws {
            let unit = try await TestUnit("broken", service: "Type=nonsense")
            #expect(await manager.restart(unit.name).failure?.contains("can't be loaded") == true)
        }

        // MARK: Units that fail

        @Test(arguments: [
            ("exits", "Type=oneshot\nExecStart=/bin/sh -c 'echo port in use; exit 3'", "it exited with 3: port in use"),
            ("missing", "Type=exec\nExecStart=/no/such/program", "exited with 203 (its program can't be executed)"),
            ("nobody-knows", "Type=exec\nUser=nobody-knows\nExecStart=/bin/true", "exited with 217"),
            ("killed-at-start", "Type=oneshot\nExecStart=/bin/sh -c 'kill -SEGV $$$$'", "killed by SIGSEGV"),
            ("silent", "Type=notify\nTimeoutStartSec=1\nExecStart=/bin/sleep infinity", "longer than its timeout"),
            ("unready", "Type=notify\nExecStart=/bin/true", "did not report that it is ready"),
            ("before", "ExecStartPre=/bin/sh -c 'echo no disk; exit 4'\nExecStart=/bin/sleep 9", "no disk"),
            ("ends", "Type=forking\nExecStart=/bin/true", "ended at once"),
        ])
        func `a failure is told with its reason`(stem: String, service: String, reason: String) async throws {
            let unit = try await TestUnit("fail-\(stem)", service: service)
            let result = await manager.restart(unit.name)
            #expect(result.failure?.contains(reason) == true, "\(result)")
        }

        @Test func `a failed dependency is told`() async throws {
            try await TestUnit("needed", service: "Type=oneshot\nExecStart=/bin/false")
            let unit = try await TestUnit(
                "needing", unit: "Requires=needed.service\nAfter=needed.service",
                service: "ExecStart=/bin/sleep infinity")
            #expect(await manager.restart(unit.name).failure?.contains("a unit that it needs") == true)
        }

        // MARK: Others at work

        @Test func `somebody else's restart is waited for, not repeated`() async throws {
            let unit = try await TestUnit(
                "others",
                service: "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'echo >>/run/others; sleep 2'")
            try await systemctl("restart", "--no-block", unit.name.rawValue)
            #expect(await manager.restart(unit.name).wasRestarted)
            #expect(try String(contentsOfFile: "/run/others", encoding: .utf8) == "\n")
        }

        @Test func `a unit that somebody stops is left to them`() async throws {
            let unit = try await TestUnit(
                "leaving", service: "TimeoutStopSec=2\nExecStart=/bin/sh -c 'trap \"\" TERM; while :; do sleep 1; done'"
            )
            try await systemctl("start", unit.name.rawValue)
            try await systemctl("stop", "--no-block", unit.name.rawValue)
            #expect(await manager.restart(unit.name).wasInterrupted)
            #expect(try await unit.property("ActiveState") != "active")
        }

        @Test func `a restart that somebody cancels is neither success nor failure`() async throws {
            let unit = try await TestUnit(
                "cancelled", service: "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep infinity")
            async let result = manager.restart(unit.name)
            while try await unit.property("SubState") != "start" {}
            try await systemctl("stop", unit.name.rawValue)
            #expect(await result.wasInterrupted)
        }

        @Test func `a cancelled task stops waiting, and the job goes on`() async throws {
            let unit = try await TestUnit(
                "patient", service: "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 2")
            let manager = manager
            let task = Task { await manager.restart(unit.name) }
            while try await unit.property("SubState") != "start" {}
            task.cancel()
            #expect(await task.value.wasInterrupted)
            #expect(try await unit.property("ActiveState") == "activating")
            while try await unit.property("ActiveState") == "activating" {}
            #expect(try await unit.property("ActiveState") == "active")
        }

        @Test func `the bus daemon may die during a restart`() async throws {
            let manager = manager(over: [.system])
            let unit = try await TestUnit(
                "busless", service: "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 3")
            async let result = manager.restart(unit.name)
            while try await unit.property("SubState") != "start" {}
            try await systemctl("kill", "--signal=KILL", "dbus.service")
            #expect(await result.wasRestarted)
        }

        @Test func `systemd may execute itself again during a restart`() async throws {
            let unit = try await TestUnit(
                "reexecuted", service: "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 2")
            async let result = manager.restart(unit.name)
            while try await unit.property("SubState") != "start" {}
            try await systemctl("daemon-reexec")
            #expect(await result.wasRestarted)
        }

        @Test(arguments: [BusAddress.serviceManager, .system])
        func `what systemd forgets at once is seen all the same`(address: BusAddress) async throws {
            let manager = manager(over: [address])
            let oneshot = try await TestUnit("seen-once", service: "Type=oneshot\nExecStart=/bin/true")
            #expect(await manager.restart(oneshot.name).wasRestarted(as: "unit seen-once.service ran to its end"))
            let unwanted = try await TestUnit(
                "seen-unwanted", unit: "ConditionPathExists=/nowhere", service: "ExecStart=/bin/sleep infinity")
            #expect(await manager.restart(unwanted.name).refusal?.contains("Condition") == true)
        }

        @Test func `where one way to systemd is closed, the next is taken`() async throws {
            let unit = try await TestUnit("reached", service: "ExecStart=/bin/sleep infinity")
            try await TestCommand.run("mv", ["/run/systemd/private", "/run/systemd/private.away"])
            let result = await manager.restart(unit.name)
            try await TestCommand.run("mv", ["/run/systemd/private.away", "/run/systemd/private"])
            #expect(result.wasRestarted)
        }

        private func manager(over addresses: [BusAddress]) -> SystemdServiceManager {
            SystemdServiceManager(
                protected: ProtectedUnits(own: []), runtimeDirectory: "/run/test", logger: Logger(label: "test"),
                addresses: addresses)
        }

        @Test func `a slow unit delays no other`() async throws {
            let slow = try await TestUnit("slow", service: "Type=oneshot\nExecStart=/bin/sleep 5")
            let quick = try await TestUnit("quick", service: "ExecStart=/bin/sleep infinity")
            async let slowResult = manager.restart(slow.name)
            while try await slow.property("SubState") != "start" {}
            #expect(await manager.restart(quick.name).wasRestarted)
            #expect(try await slow.property("SubState") == "start")
            #expect(await slowResult.wasRestarted)
        }
    }
}
