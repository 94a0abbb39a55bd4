import MonitorCore
import TestSupport
import Testing

extension InsideSystemd {
    /// The installed service with checks, in a real systemd: no application writes an alarm.
    @Suite(.timeLimit(.minutes(3))) struct InstalledChecksTests {
        private func invocation(of unit: TestUnit) async throws -> String { try await unit.property("InvocationID") }

        @Test func `a unit that is killed is seen by systemd's signal, restarted, and back`() async throws {
            let service = try await Installation(
                "[check.svc-seen]\ntype = unit\ngrace = 0\n[process.svc-seen]\nstable_for = 0")
            let target = try await TestUnit("svc-seen", service: "ExecStart=/bin/sleep infinity")
            try await systemctl("start", "svc-seen")
            try await service.ctl("init")
            try await service.ctl("process", "add", "svc-seen")
            try await service.start()
            try await eventually("the check has passed") {
                try await service.ctl("checks", "svc-seen").output.contains("passed")
            }
            let before = try await invocation(of: target)
            let begin = ContinuousClock.now
            try await systemctl("kill", "--signal=KILL", "svc-seen")
            try await eventually("it runs again") {
                let state = try await target.property("ActiveState")
                let now = try await invocation(of: target)
                return state == "active" && now != before
            }
            print("measured: unit killed → running again by a check in \(ContinuousClock.now - begin)")
            try await eventually("the alarm is cleared") {
                try await service.ctl("status", "svc-seen").status == 0
            }
            let history = try await service.ctl("history", "svc-seen").output
            #expect(history.contains("recovered"), "\(history)")
            #expect(try await service.journal().contains("it was killed by SIGKILL"))
            try await service.stop()
        }

        @Test func `a unit that an operator stops after its recovery is left alone, one that fails is not`()
            async throws
        {
            let service = try await Installation("[process.svc-care]\nstable_for = 0\nrestart_strategy = service")
            let target = try await TestUnit("svc-care", service: "ExecStart=/bin/sleep infinity")
            try await service.ctl("init")
            try await service.start()
            #expect(try await service.recover("svc-care").status == 0)
            let before = try await invocation(of: target)
            try await systemctl("kill", "--signal=KILL", "svc-care")
            try await eventually("its alarm was raised, and it runs again") {
                let state = try await target.property("ActiveState")
                let now = try await invocation(of: target)
                return state == "active" && now != before
            }
            try await eventually("the alarm is cleared") {
                try await service.ctl("status", "svc-care").status == 0
            }
            try await systemctl("stop", "svc-care")
            // Longer than it takes to be told of it, and to ask.
            try await Task.sleep(for: .seconds(3))
            #expect(try await service.ctl("status", "svc-care").status == 0)
            #expect(try await target.property("ActiveState") == "inactive")
            try await service.stop()
        }
    }
}
