import Foundation
import Logging
import MonitorCore
import MonitorLinux
import MonitorSystemd
import TestSupport
import Testing

extension InsideSystemd {
    @Suite struct TransientProcessTests {
        private static let runtimeDirectory = "/run/transient-test"
        private let manager = SystemdServiceManager(
            protected: ProtectedUnits(own: []), runtimeDirectory: runtimeDirectory, logger: Logger(label: "test"))

        private func start(
            _ name: String, _ program: String, _ arguments: String..., environment: [String]? = [],
            directory: String? = nil, credentials: LaunchSpec.Credentials? = nil
        ) async throws -> RestartResult {
            await manager.startTransient(
                LaunchSpec(
                    executable: program, arguments: ([program] + arguments).map { Array($0.utf8) },
                    environment: environment?.map { Array($0.utf8) }, workingDirectory: directory,
                    credentials: credentials),
                for: try ProcessName(name))
        }

        /// The one unit that was made for a process and still is there.
        private func unit(of name: String) async throws -> String? {
            try await systemctl(
                "list-units", "--all", "--plain", "--no-legend", "monitord-process-\(name)-*"
            ).split(separator: " ").first.map(String.init)
        }

        private func property(_ property: String, of unit: String) async throws -> String {
            try await systemctl("show", "--property=\(property)", "--value", unit)
        }

        @Test func `a program runs as it was described, in a unit of its own`() async throws {
            let place = "/run/transient-out"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try await TestCommand.run("chmod", ["777", place])
            let script =
                "for a; do printf '[%s]' \"$a\"; done >out; printenv -0 >env; pwd >pwd; id -u >id; exec sleep infinity"
            let odd = ["a b", "", "$HOME", "${HOME}", "%n %%", "'\"\\ ;", "two\nlines", "ü", "-"]
            let result = await manager.startTransient(
                LaunchSpec(
                    executable: "/bin/sh",
                    arguments: (["other-name", "-c", script, "self"] + odd).map { Array($0.utf8) },
                    environment: ["PATH=/usr/bin:/bin", "SECRET=hunter2 \"q\" $HOME `id` \\n\nend", "EMPTY="].map {
                        Array($0.utf8)
                    },
                    workingDirectory: place, credentials: LaunchSpec.Credentials(uid: 1, gid: 1, groups: [1, 20])),
                for: try ProcessName("faithful"))
            #expect(result.wasRestarted, "\(result)")

            let unit = try #require(try await unit(of: "faithful"))
            #expect(try String(contentsOfFile: "\(place)/out", encoding: .utf8) == odd.map { "[\($0)]" }.joined())
            #expect(try String(contentsOfFile: "\(place)/pwd", encoding: .utf8) == "\(place)\n")
            #expect(try String(contentsOfFile: "\(place)/id", encoding: .utf8) == "1\n")
            let environment = try String(contentsOfFile: "\(place)/env", encoding: .utf8).split(separator: "\0")
            #expect(environment.contains("SECRET=hunter2 \"q\" $HOME `id` \\n\nend"))
            #expect(environment.contains("EMPTY="))
            #expect(!environment.contains { $0.hasPrefix("NOTIFY_SOCKET=") })
            #expect(try await property("ControlGroup", of: unit).contains("/system-monitord.slice/\(unit.prefix(20))"))
            // What everybody may read does not hold the environment, and no file is left that does.
            #expect(!(try await systemctl("show", unit)).contains("hunter2"))
            #expect(!(try await systemctl("cat", unit)).contains("hunter2"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: Self.runtimeDirectory).isEmpty)
        }

        @Test func `a program that turns into a daemon lives on`() async throws {
            #expect(try await start("forker", "/bin/sh", "-c", "sleep infinity & exit 0").wasRestarted)
            let unit = try #require(try await unit(of: "forker"))
            #expect(try await property("ActiveState", of: unit) == "active")
        }

        @Test func `a program that did its work at once was started`() async throws {
            #expect(try await start("brief", "/bin/true").wasRestarted)
            while try await unit(of: "brief") != nil {}
        }

        @Test func `a program that fails at once tells how, and leaves no unit`() async throws {
            let result = try await start("failing", "/bin/sh", "-c", "echo port in use; exit 7")
            #expect(result.failure?.hasSuffix("does not run: it exited with 7: port in use") == true, "\(result)")
            while try await unit(of: "failing") != nil {}
        }

        @Test func `a program that can't be executed tells so`() async throws {
            let missing = try await start("missing", "/no/such/program")
            #expect(missing.failure?.contains("203 (its program can't be executed)") == true, "\(missing)")
            let homeless = try await start("homeless", "/bin/true", directory: "/no/such/directory")
            #expect(homeless.failure?.contains("its directory can't be entered") == true, "\(homeless)")
        }

        @Test func `a command line that is no text is refused with the remedy`() async throws {
            let result = await manager.startTransient(
                LaunchSpec(executable: "/bin/echo", arguments: [[0xFF]]), for: try ProcessName("binary"))
            #expect(result.failure?.contains("set start_command") == true, "\(result)")
        }

        @Test func `names that mean something to systemd are taken literally`() async throws {
            for name in ["a@b", "c+d", "e.service", "f:g-h"] {
                #expect(try await start(name, "/bin/sleep", "infinity").wasRestarted)
            }
        }

        @Test func `an ended program's unit is forgotten`() async throws {
            #expect(try await start("mortal", "/bin/sleep", "infinity").wasRestarted)
            let unit = try #require(try await unit(of: "mortal"))
            try await systemctl("kill", "--signal=KILL", unit)
            while try await property("ActiveState", of: unit) == "active" {}
            #expect(try await property("LoadState", of: unit) == "not-found")
        }

        @Test func `a process is found and restarted again, by whoever looks`() async throws {
            let directory = "/var/lib/transient-test"
            try await TestCommand.run("install", ["-d", "-m", "700", directory])
            try await TestCommand.run("cp", ["/bin/sleep", "/usr/local/bin/lonely-worker"])
            var settings = ProcessSettings()
            settings.startCommand = try CommandTemplate("exec /usr/local/bin/lonely-worker infinity")
            let process = MonitoredProcess(name: try ProcessName("lonely-worker"), settings: settings)
            var pids: Set<String> = []
            for _ in 0..<3 {
                // Each time a daemon that knows nothing of the one before.
                let manager = SystemdServiceManager(
                    protected: ProtectedUnits(own: []), runtimeDirectory: Self.runtimeDirectory,
                    logger: Logger(label: "test"))
                let selector = StrategySelector(
                    process: ProcessStrategy(
                        launcher: TransientUnitLauncher(manager: manager), stateDirectory: directory),
                    manager: manager, protected: ProtectedUnits(own: []))
                let result = await selector.restart(process, logger: Logger(label: "test"))
                #expect(result.wasRestarted, "\(result)")
                let found = try await TestCommand.run("pgrep", ["-x", "lonely-worker"])
                let running = found.output.split(separator: "\n").map(String.init)
                #expect(running.count == 1)
                pids.formUnion(running)
            }
            #expect(pids.count == 3)
        }

        @Test func `a process that is a unit's main process is restarted as that unit`() async throws {
            try await TestCommand.run("cp", ["/bin/sleep", "/usr/local/bin/daemond"])
            let unit = try await TestUnit("daemon-service", service: "ExecStart=/usr/local/bin/daemond infinity")
            try await systemctl("start", unit.name.rawValue)
            let selector = StrategySelector(
                process: ProcessStrategy(launcher: TransientUnitLauncher(manager: manager), stateDirectory: nil),
                manager: manager, protected: ProtectedUnits(own: []))
            let process = MonitoredProcess(name: try ProcessName("daemond"), settings: ProcessSettings())
            let result = await selector.restart(process, logger: Logger(label: "test"))
            #expect(result.wasRestarted(as: "unit daemon-service.service restarted"))
        }

        @Test func `a failed unit is replaced by its process, once`() async throws {
            try await TestCommand.run("cp", ["/bin/sleep", "/usr/local/bin/shaky"])
            let unit = try await TestUnit(
                "shaky",
                service:
                    "Type=exec\nRestart=no\nExecStartPre=/bin/false\nExecStart=/bin/sleep infinity")
            var settings = ProcessSettings()
            settings.startCommand = try CommandTemplate("exec /usr/local/bin/shaky infinity")
            let selector = StrategySelector(
                process: ProcessStrategy(launcher: TransientUnitLauncher(manager: manager), stateDirectory: nil),
                manager: manager, protected: ProtectedUnits(own: []))
            let result = await selector.restart(
                MonitoredProcess(name: try ProcessName("shaky"), settings: settings), logger: Logger(label: "test"))
            #expect(result.wasRestarted, "\(result)")
            #expect(try await unit.property("SubState") != "auto-restart")
            #expect(try await TestCommand.run("pgrep", ["-c", "-x", "shaky"]).output == "1\n")
        }
    }
}
