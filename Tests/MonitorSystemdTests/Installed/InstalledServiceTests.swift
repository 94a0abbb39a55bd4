import Foundation
import MonitorCore
import TestSupport
import Testing

extension InsideSystemd {
    /// The installed service, in a real systemd.
    @Suite struct InstalledServiceTests {
        @Test(.needsMariaDB)
        func `starts while the database is down, says so, and recovers an alarm when it comes up`() async throws {
            // Durable, as real servers are: the alarm that it has confirmed must survive its death.
            let server = try MariaDBServer(options: ["--innodb-flush-log-at-trx-commit=1"])
            try server.sql("CREATE DATABASE v_process_monitor")
            let service = try await Installation(
                "[process.svc-late]\nrestart_strategy = service\nhealth_check_command = systemctl is-active %s",
                database: "socket = \(server.socket)\nuser = root\nconnect_timeout = 1")
            let target = try await TestUnit("svc-late", service: "ExecStart=/bin/sleep infinity")
            try await service.ctl("init")
            try await service.ctl("process", "add", "svc-late")
            try await service.ctl("alarm", "set", "svc-late")
            try server.kill()

            try await service.start()
            #expect(try await service.property("ActiveState") == "active")
            try await eventually("its status tells") { try await service.property("StatusText").contains("away") }
            #expect(try await target.property("ActiveState") == "inactive")

            try server.start()
            try await eventually("the alarm is cleared", within: 60) {
                try await service.ctl("status", "svc-late").status == 0
            }
            #expect(try await target.property("ActiveState") == "active")
            try await service.stop()
        }

        @Test(arguments: [
            ("svc-simple", "ExecStart=/bin/sleep infinity"),
            (
                "svc-notify",
                "Type=notify\nNotifyAccess=all\nExecStart=/bin/sh -c 'systemd-notify --ready; exec sleep infinity'"
            ),
            ("svc-forking", "Type=forking\nExecStart=/bin/sh -c 'sleep infinity &'"),
        ])
        func `a unit killed and in alarm is restarted, checked, cleared`(name: String, unit: String) async throws {
            let service = try await Installation(
                "[process.\(name)]\nrestart_strategy = service\nhealth_check_command = systemctl is-active %s")
            let target = try await TestUnit(name, service: unit)
            try await systemctl("start", target.name.rawValue)
            try await systemctl("kill", "--signal=KILL", target.name.rawValue)
            try await service.ctl("init")
            try await service.start()
            let recovery = try await service.recover(name)
            #expect(recovery.status == 0, "\(recovery.output)")
            #expect(try await target.property("ActiveState") == "active")
            try await service.stop()
        }

        @Test func `a oneshot unit is run again`() async throws {
            let service = try await Installation(
                "[process.svc-once]\nrestart_strategy = service\nhealth_check_command = test -e /run/svc-once")
            try await TestUnit("svc-once", service: "Type=oneshot\nExecStart=/bin/touch /run/svc-once")
            try await service.ctl("init")
            try await service.start()
            #expect(try await service.recover("svc-once").status == 0)
            try await service.stop()
        }

        @Test func `the journal finds a process by its name`() async throws {
            let service = try await Installation(
                "[process.svc-journal]\nhealth_check_command = systemctl is-active %s")
            try await TestUnit("svc-journal", service: "ExecStart=/bin/sleep infinity")
            try await service.ctl("init")
            try await service.start()
            #expect(try await service.recover("svc-journal").status == 0)
            let lines = try await service.journal("PROCESS_NAME=svc-journal")
            #expect(lines.contains("the process is back"), "\(lines)")
            #expect(!lines.contains("reached the database"))
            try await service.stop()
        }

        @Test func `a standalone process survives restart and stop of monitord, and is found again`() async throws {
            let service = try await Installation(
                """
                [process.lone]
                restart_strategy = process
                start_command = exec sleep 98765
                match = sleep 98765
                health_check_command = pgrep -f 'sleep 98765'
                """)
            try await service.ctl("init")
            try await service.start()
            #expect(try await service.recover("lone").status == 0)
            let first = try await pid(matching: "^sleep 98765")
            try await systemctl("restart", "monitord")
            #expect(try await pid(matching: "^sleep 98765") == first)
            #expect(try await service.ctl("alarm", "set", "lone", "--wait").status == 0)
            let second = try await pid(matching: "^sleep 98765")
            #expect(second != first && !second.contains("\n"), "one copy runs: \(second)")
            try await service.stop()
            #expect(try await pid(matching: "^sleep 98765") == second)
        }

        @Test func `stopped dead, it is killed by the watchdog and comes back; a long recovery is left alone`()
            async throws
        {
            try FileManager.default.createDirectory(
                atPath: "/run/systemd/system/monitord.service.d", withIntermediateDirectories: true)
            try await TestUnit.write("monitord.service.d/quick.conf", "[Service]\nWatchdogSec=4\nRestartSec=100ms\n")
            let service = try await Installation(
                """
                [process.slow]
                restart_strategy = process
                start_command = true
                health_check_command = true
                pre_restart_command = sleep 10
                """)
            try await service.ctl("init")
            try await service.start()
            let first = try await service.property("MainPID")
            // Ten seconds of recovery, four of watchdog.
            #expect(try await service.recover("slow").status == 0)
            #expect(try await service.property("MainPID") == first)
            try await systemctl("kill", "--kill-whom=main", "--signal=STOP", "monitord")
            try await eventually("it is killed and started again") {
                let pid = try await service.property("MainPID")
                return try await service.property("ActiveState") == "active" && pid != first && pid != "0"
            }
            #expect(try await service.property("NRestarts") == "1", "nothing but the watchdog ends a stopped process")
            try await service.stop()
            try FileManager.default.removeItem(atPath: "/run/systemd/system/monitord.service.d/quick.conf")
            try await systemctl("daemon-reload")
        }

        @Test func `reload takes a good file, and fails with every error where the new is broken`() async throws {
            let service = try await Installation()
            try await service.start()
            let pid = try await service.property("MainPID")
            try service.configure("[process.x]\nmax_attempts = many\nrestart_delai = 1")
            let reload = try await TestCommand.run("systemctl", ["reload", "monitord"])
            #expect(reload.status != 0, "\(reload.output)")
            try await eventually("the journal has the errors") {
                let journal = try await service.journal()
                return journal.contains("config.ini:6: max_attempts:") && journal.contains("config.ini:7: unknown key")
            }
            #expect(try await service.property("ActiveState") == "active")
            #expect(try await service.property("MainPID") == pid)
            try service.configure("[process.x]\nmax_attempts = 3")
            try await systemctl("reload", "monitord")
            try await eventually("it accepts") { try await service.journal().contains("took the new configuration") }
            try await service.stop()
        }

        @Test func `stop during a recovery ends in seconds and leaves the alarm`() async throws {
            let service = try await Installation(
                "[process.stuck]\nrestart_strategy = process\nstart_command = true\npre_restart_command = sleep 300\n"
                    + "command_timeout = 300")
            try await service.ctl("init")
            try await service.ctl("process", "add", "stuck")
            try await service.start()
            try await service.ctl("alarm", "set", "stuck")
            try await eventually("it recovers") { try await service.journal().contains("recovers a process") }
            let began = ContinuousClock.now
            try await systemctl("stop", "monitord")
            #expect(ContinuousClock.now - began < .seconds(20))
            #expect(try await service.property("Result") == "success")
            #expect(try await service.ctl("status", "stuck").status == 3)
        }

        @Test func `a health check may do under the default unit what it may do by hand`() async throws {
            let check =
                "echo x > /tmp/by-check && echo x > /var/by-check && "
                + "bash -c 'exec 3<>/dev/udp/127.0.0.1/9' && sudo -n true"
            let service = try await Installation(
                "[process.free]\nrestart_strategy = process\nstart_command = true\nhealth_check_command = \(check)")
            try await service.ctl("init")
            try await service.start()
            let recovery = try await service.recover("free")
            #expect(recovery.status == 0, "\(recovery.output)")
            #expect(FileManager.default.fileExists(atPath: "/tmp/by-check"))
            #expect(FileManager.default.fileExists(atPath: "/var/by-check"))
            try await service.stop()
        }

        private func pid(matching pattern: String) async throws -> String {
            try await TestCommand.run("pgrep", ["-f", pattern]).output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}
