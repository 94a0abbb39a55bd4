import Foundation
import TestSupport
import Testing

extension InsideSystemd {
    /// That a service is said to be back only where it is, that nothing runs twice, and that what is healthy is left alone:
    /// by the installed daemon, in a real systemd.
    @Suite struct UnitRulesTests {
        private static let quick =
            "relapse_window = 0\nmax_restart_failures = 100\nretry_delay = 300\n[process.default]\nmax_attempts = 1\n"

        /// The daemon runs, and knows these processes.
        private func begin(_ names: [String], _ sections: String = "") async throws -> Installation {
            let service = try await Installation(Self.quick + sections)
            try await service.ctl("init")
            for name in names { try await service.ctl("process", "add", name) }
            try await service.start()
            return service
        }

        private func alarm(_ name: String, of service: Installation) async throws -> TestCommand {
            try await service.ctl("alarm", "set", name, "--wait", "--timeout", "90s")
        }

        private func sh(_ command: String) async throws -> String {
            try await TestCommand.run("sh", ["-c", command]).output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        private func pids(of name: String) async throws -> [String] {
            try await sh("pgrep -x \(name)").split(separator: "\n").map(String.init)
        }

        /// A program of that name which only sleeps.
        @discardableResult
        private func program(_ name: String) async throws -> String {
            _ = try await sh("cp /bin/sleep /usr/local/bin/\(name)")
            return "/usr/local/bin/\(name) infinity"
        }

        /// Starts a command as from a session: in a scope, and nothing looks after it.
        private func start(_ command: String) async throws {
            _ = try await sh("(setsid systemd-run --scope --quiet \(command) >/dev/null 2>&1 </dev/null &)")
        }

        // MARK: Back, or not

        @Test(arguments: ["systemctl is-active %s", "pgrep %s"], ["", "Restart=always\nRestartSec=0"])
        func `a start that dies soon after is no recovery`(check: String, restart: String) async throws {
            let deaths = ["0.02", "0.2", "0.5", "0.9", "1.2"]
            let names = deaths.indices.map { "dies-\($0)" }
            for (name, seconds) in zip(names, deaths) {
                try await TestUnit(
                    name, unit: "StartLimitIntervalSec=0",
                    service: "Type=simple\n\(restart)\nExecStart=/bin/sh -c 'sleep \(seconds); exit 3'")
            }
            let service = try await begin(
                names, "health_check_command = \(check)\nhealth_check_timeout = 3\nstable_for = 2\n")
            for name in names { try await service.ctl("alarm", "set", name) }
            try await eventually("each has its outcome", within: 60) {
                try await service.journal().components(separatedBy: "the process is not back").count > names.count
            }
            let history = try await service.ctl("history")
            #expect(!history.output.contains("recovered"), "\(history.output)")
            for name in names {
                #expect(try await service.ctl("status", name).status == 3)
                try await systemctl("stop", name)
            }
            try await service.stop()
        }

        // MARK: Stuck jobs

        @Test func `four jobs that hang leave room for the fifth, and are told once each`() async throws {
            let stuck = (1...4).map { "hangs-\($0)" }
            for name in stuck {
                let unit = try await TestUnit(
                    name,
                    service: "TimeoutStopSec=infinity\nExecStart=/bin/sh -c 'trap : TERM; while :; do sleep 1; done'")
                try await systemctl("start", unit.name.rawValue)
            }
            try await TestUnit("goes-on", service: "ExecStart=/bin/sleep infinity")
            let service = try await begin(stuck + ["goes-on"], "command_timeout = 4\n")
            for name in stuck { try await service.ctl("alarm", "set", name) }
            try await eventually("all four slots are taken") {
                try await service.journal().components(separatedBy: "recovers a process").count > 4
            }
            let begin = ContinuousClock.now
            let fifth = try await alarm("goes-on", of: service)
            #expect(fifth.status == 0, "\(fifth.output)")
            #expect(ContinuousClock.now - begin < .seconds(20))
            try await eventually("its status tells") { try await service.property("StatusText").contains("4 stuck") }
            for name in stuck {
                let lines = try await service.journal("MONITOR_EVENT=recovery.stuck", "PROCESS_NAME=\(name)")
                #expect(lines.split(separator: "\n").count == 1, "\(lines)")
                #expect(lines.contains("a job of unit \(name).service"), "\(lines)")
                #expect(try await service.ctl("status", name).output.contains("RECOVERING"))
                try await systemctl("kill", "--signal=KILL", name)
            }
            try await eventually("they are recovered then", within: 60) {
                try await service.ctl("status").status == 0
            }
            try await service.stop()
        }

        // MARK: One copy

        @Test(arguments: [
            ("exec python3 -u /opt/forms/NAME.py", "import time\ntime.sleep(10000)\n"),
            ("exec /opt/forms/NAME.py", "#!/usr/bin/env -S python3 -u\nimport time\ntime.sleep(10000)\n"),
            ("exec perl /opt/forms/NAME.py", "$0 = 'another' . ('x' x 400);\nsleep 10000;\n"),
            ("setsid bash /opt/forms/NAME.py & exit 0", "while :; do sleep 1; done\n"),
        ])
        func `three alarms leave one unit of a process that goes by another name`(command: String, script: String)
            async throws
        {
            let name = "form-\(UInt32.random(in: 0...UInt32.max))"
            let command = command.replacing("NAME", with: name)
            _ = try await sh("mkdir -p /opt/forms")
            try script.write(toFile: "/opt/forms/\(name).py", atomically: true, encoding: .utf8)
            _ = try await sh("chmod 755 /opt/forms/\(name).py")
            let service = try await begin([name], "[process.\(name)]\nstart_command = \(command)\n")
            for _ in 0..<3 {
                let run = try await alarm(name, of: service)
                #expect(run.status == 0, "\(run.output)")
                let units = "systemctl list-units --plain --no-legend 'monitord-process-\(name)-*'"
                try await eventually("there is one") { try await sh(units).split(separator: "\n").count == 1 }
            }
            _ = try await sh("systemctl stop 'monitord-process-\(name)-*'")
            try await service.stop()
        }

        @Test func `beside a unit's Restart= there is one copy after each of eight alarms, by strategy process too`()
            async throws
        {
            let command = try await program("kept-eight")
            let unit = try await TestUnit(
                "kept-eight-server", unit: "StartLimitIntervalSec=0",
                service: "Restart=always\nRestartSec=1\nExecStart=\(command)")
            try await systemctl("start", unit.name.rawValue)
            let service = try await begin(
                ["kept-eight"], "[process.kept-eight]\nrestart_strategy = process\nstart_command = exec \(command)\n")
            for round in 0..<8 {
                if round % 2 == 1 { try await systemctl("kill", "--signal=KILL", unit.name.rawValue) }
                let run = try await alarm("kept-eight", of: service)
                #expect(run.status == 0, "round \(round): \(run.output)")
                try await eventually("there is one, the unit's") {
                    try await pids(of: "kept-eight") == [try await unit.property("MainPID")]
                }
            }
            try await systemctl("stop", unit.name.rawValue)
            try await service.stop()
        }

        @Test func `the own copy of what had died is ended for a supervisor's, and that is a recovery`() async throws {
            let command = try await program("looped")
            try await start("sh -c 'while :; do \(command); sleep 1; done'")
            try await eventually("it runs") { try await pids(of: "looped").count == 1 }
            let service = try await begin(
                ["looped"], "[process.looped]\nstart_command = exec \(command)\nstable_for = 5\n")
            for _ in 0..<2 {
                _ = try await sh("pkill -9 -x looped")
                let run = try await alarm("looped", of: service)
                #expect(run.status == 0, "\(run.output)")
                #expect(try await pids(of: "looped").count == 1)
                #expect(try await sh("systemctl list-units --plain --no-legend 'monitord-process-looped-*'").isEmpty)
            }
            _ = try await sh("pkill -9 -f 'while :; do \(command)'; pkill -9 -x looped")
            try await service.stop()
        }

        // MARK: The healthy

        @Test func `a healthy instance is left alone where its namesake's unit fails`() async throws {
            let command = try await program("app-three")
            try await TestUnit.write("app-three@.service", "[Service]\nExecStart=\(command)\n")
            try await TestUnit("app-three", service: "Type=exec\nExecStartPre=/bin/false\nExecStart=\(command)")
            try await systemctl("start", "app-three@b")
            let before = try await pids(of: "app-three")
            let service = try await begin(["app-three"])
            #expect(try await alarm("app-three", of: service).status != 0)
            #expect(try await pids(of: "app-three") == before)
            #expect(try await service.ctl("status", "app-three").status == 3)
            try await systemctl("stop", "app-three@b")
            try await service.stop()
        }

        @Test func `a running unit is not stopped for a bad edit, nor for what it waits for`() async throws {
            let command = try await program("badedit")
            let edited = try await TestUnit("badedit", service: "ExecStart=\(command)")
            let waiting = try await TestUnit(
                "waits", service: "Type=notify\nTimeoutStartSec=3\nRestart=always\nRestartSec=600\nExecStart=\(command)"
            )
            try await systemctl("start", "badedit")
            let before = try await edited.property("MainPID")
            try await TestUnit("badedit", service: "")
            let service = try await begin(["badedit", "waits"])
            #expect(try await alarm("badedit", of: service).status != 0)
            #expect(try await edited.property("MainPID") == before)
            #expect(try await edited.property("ActiveState") == "active")
            #expect(try await alarm("waits", of: service).status != 0)
            #expect(try await waiting.property("SubState") == "auto-restart")
            try await systemctl("stop", "badedit", "waits")
            try await service.stop()
        }

        @Test func `a row alone starts no unit that is disabled, a section does`() async throws {
            try await TestUnit("dormant", service: "ExecStart=/bin/sleep infinity\n[Install]\nWantedBy=x.target")
            var service = try await begin(["dormant"])
            #expect(try await alarm("dormant", of: service).status != 0)
            #expect(try await sh("systemctl is-active dormant") == "inactive")
            service = try await begin(["dormant"], "[process.dormant]\nhealth_check_command = systemctl is-active %s\n")
            #expect(try await alarm("dormant", of: service).status == 0)
            try await systemctl("stop", "dormant")
            try await service.stop()
        }

        @Test func `what is confined is started again as confined, or not at all`() async throws {
            for (name, properties) in [
                ("bounded", "NoNewPrivileges=yes -p CapabilityBoundingSet='CAP_CHOWN CAP_KILL'"),
                ("netless", "PrivateNetwork=yes"), ("mountless", "PrivateTmp=yes"), ("ipcless", "PrivateIPC=yes"),
                ("filtered", "SystemCallFilter='~@mount'"),
            ] {
                let command = try await program(name)
                _ = try await sh(
                    "systemd-run --quiet --unit=confines-\(name) -p KillMode=process -p \(properties) "
                        + "sh -c '\(command) & while :; do wait; sleep 1; done'")
                try await eventually("it runs") { try await pids(of: name).count == 1 }
            }
            let service = try await begin(["bounded", "netless", "mountless", "ipcless", "filtered"])
            let traits = "grep -E 'NoNewPrivs|CapBnd' /proc/$(pgrep -x bounded)/status"
            let before = try await sh(traits)
            #expect(before.contains("NoNewPrivs:\t1") && before.contains("0000000000000021"), "\(before)")
            let run = try await alarm("bounded", of: service)
            #expect(run.status == 0, "\(run.output)")
            #expect(try await sh(traits) == before)
            for name in ["netless", "mountless", "ipcless", "filtered"] {
                let pids = try await pids(of: name)
                #expect(try await alarm(name, of: service).status != 0, "\(name)")
                #expect(try await self.pids(of: name) == pids, "\(name)")
                let status = try await service.ctl("status", name).output
                #expect(status.contains("configure start_command"), "\(status)")
            }
            _ = try await sh(
                "systemctl stop 'confines-*' 'monitord-process-bounded-*'; pkill -9 -x '(net|mount|ipc)less|filtered'")
            try await service.stop()
        }

        @Test func `what an operator has bound to a CPU and an I/O class, is bound again`() async throws {
            let command = try await program("bound")
            try await start("nice -n 7 ionice -c 3 taskset 1 \(command)")
            try await eventually("it runs") { try await pids(of: "bound").count == 1 }
            let service = try await begin(["bound"])
            let traits = "p=$(pgrep -x bound); ionice -p $p; ps -o ni= -p $p; taskset -p $p | cut -d: -f2"
            let before = try await sh(traits)
            let pid = try await pids(of: "bound")
            let run = try await alarm("bound", of: service)
            #expect(run.status == 0, "\(run.output)")
            #expect(try await sh(traits) == before)
            #expect(try await pids(of: "bound") != pid)
            _ = try await sh("systemctl stop 'monitord-process-bound-*'")
            try await service.stop()
        }
    }
}
