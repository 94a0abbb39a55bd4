import Foundation
import Logging
import MonitorCore
import MonitorSystemd
import TestSupport
import Testing

extension InsideSystemd {
    /// The user of `sysusers.conf` with the rights of the polkit rule: this test program run again, as him.
    @Suite struct UnprivilegedTests {
        private static let isHim = ProcessInfo.processInfo.environment["MONITOR_TEST_UNPRIVILEGED"] == "1"
        private let manager = SystemdServiceManager(
            protected: ProtectedUnits(own: []), logger: Logger(label: "test"))

        @Test(.enabled(if: !isHim, "it is what starts the others"))
        func `a user restarts what polkit lets him`() async throws {
            let resources = "\(SystemdBox.repository)/Resources/systemd"
            try await TestCommand.run("systemd-sysusers", ["\(resources)/sysusers.conf"])
            try await TestCommand.run(
                "install",
                ["-D", "-m", "644", "\(resources)/50-monitord.rules", "/etc/polkit-1/rules.d/50-monitord.rules"])
            for name in ["nginx", "elsewhere"] {
                let unit = try await TestUnit(name, service: "ExecStart=/bin/sleep infinity")
                try await systemctl("start", unit.name.rawValue)
            }
            let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            try await TestCommand.run("install", ["-m", "755", program, "/usr/local/bin/monitor-tests"])
            let run = try await TestCommand.run(
                "runuser",
                [
                    "-u", "monitord", "--", "/usr/local/bin/monitor-tests", "--testing-library", "swift-testing",
                    "--filter", "UnprivilegedTests",
                ], environment: ["MONITOR_TEST_UNPRIVILEGED": "1"])
            #expect(run.status == 0 && run.output.contains("run with 3 tests"), "\(run.output)")
        }

        @Test(.enabled(if: isHim, "it is run as another user"))
        func `a unit of the rule is restarted`() async throws {
            #expect(await manager.restart(try UnitName(configured: "nginx")).wasRestarted)
        }

        @Test(.enabled(if: isHim, "it is run as another user"))
        func `any other is refused, with the remedy`() async throws {
            let result = await manager.restart(try UnitName(configured: "elsewhere"))
            #expect(result.refusal?.contains("it takes root or a polkit rule") == true, "\(result)")
            #expect(try await manager.activeState(of: try UnitName(configured: "elsewhere")) == "active")
        }
    }
}
