import Glibc
import Logging
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite(.serialized) struct ProcessStrategyTests {
    private let scene = StrategyScene()
    private var workshop: Workshop { scene.workshop }

    @Test func `restarts a process as it was`() async throws {
        let launch = LaunchSpec(
            executable: workshop.copy("/bin/sh", to: workshop.token),
            arguments: [
                Array(workshop.token.utf8), Array("-c".utf8), Array("while :; do sleep 1; done".utf8),
                Array("a\nb \"$c\" \u{1}".utf8), [], [255, 254],
            ],
            environment: [Array("COLOUR=très\nbien".utf8), [88, 61, 255]], workingDirectory: workshop.directory)
        let before = try await scene.start(launch)
        guard case .restarted = await scene.restart() else {
            Issue.record("not restarted")
            return
        }
        let after = try #require(scene.members().first)
        #expect(scene.members().count == 1)
        #expect(after.identity != before.identity)
        #expect(after.arguments == launch.arguments)
        let file = ProcFile(pid: after.identity.pid)
        #expect(file.environment()?.dropFirst() == launch.environment?[...])
        #expect(after.mark?.name == workshop.name())
        #expect(file.workingDirectory() == Array(workshop.directory.utf8))
        #expect(after.executable == Array(launch.executable.utf8))
    }

    @Test(.needsRoot) func `restarts a process as the user it was, with its groups`() async throws {
        var launch = scene.sleeper()
        launch.credentials = LaunchSpec.Credentials(uid: 65534, gid: 65533, groups: [65532, 65533])
        _ = try await scene.start(launch)
        let result = await scene.restart()
        guard case .restarted = result else {
            Issue.record("not restarted: \(result)")
            return
        }
        #expect(try #require(scene.members().first).status.credentials == launch.credentials)
    }

    @Test func `starts a script under its own name, not under its interpreter's`() async throws {
        let script = workshop.write("#!/bin/sh\nwhile :; do sleep 1; done\n", to: workshop.token)
        let launch = LaunchSpec(
            executable: script, arguments: [Array(script.utf8), Array("argument".utf8)], environment: [])
        let before = try await scene.start(launch)
        guard case .restarted = await scene.restart() else {
            Issue.record("not restarted")
            return
        }
        let after = try #require(scene.members().first)
        #expect(after.stat.comm == Array(workshop.token.utf8))
        #expect(after.arguments == before.arguments)
    }

    @Test func `starts what doesn't run with the start command, and only that`() async {
        workshop.copy("/bin/sleep", to: workshop.token)
        scene.configure { $0.startCommand = try? CommandTemplate("exec \(workshop.directory)/%s 1000") }
        guard case .restarted = await scene.restart() else {
            Issue.record("not started")
            return
        }
        #expect(scene.members().count == 1)
    }

    @Test func `never runs a name, and says what to configure`() async {
        let name = workshop.name()
        let launcher = RecordingLauncher()
        let result = await scene.restart(launcher: launcher)
        #expect(result == .failed("cannot start \(name) as it was: it isn't running; configure start_command"))
        #expect(launcher.launches.isEmpty)
    }

    @Test func `kills what ignores SIGTERM once the time is over`() async throws {
        let script = workshop.write(
            "#!/bin/sh\ntrap '' TERM\necho on >\(workshop.path("on"))\nwhile :; do sleep 1; done\n", to: workshop.token)
        let before = try await scene.start(LaunchSpec(executable: script, arguments: [Array(script.utf8)]))
        #expect(await workshop.wait { workshop.read("on") != nil })
        scene.configure { $0.stopTimeout = .milliseconds(200) }
        let started = ContinuousClock.now
        guard case .restarted = await scene.restart() else {
            Issue.record("not restarted")
            return
        }
        #expect(started.duration(to: .now) >= .milliseconds(200))
        #expect(!scene.members().map(\.identity).contains(before.identity))
        #expect(scene.members().count == 1)
    }

    @Test func `stops a server with all of its workers, and starts it once`() async throws {
        let server = workshop.copy("/bin/sh", to: workshop.token)
        let text = "\(server) -c 'while :; do sleep 1; done' & \(server) -c 'while :; do sleep 1; done' & wait"
        let before = try await scene.start(
            LaunchSpec(executable: server, arguments: [server, "-c", text].map { Array($0.utf8) }))
        #expect(await workshop.wait { scene.members().count == 3 })
        guard case .restarted = await scene.restart() else {
            Issue.record("not restarted")
            return
        }
        #expect(await workshop.wait { scene.members().count == 3 })
        #expect(!scene.members().map(\.identity).contains(before.identity))
    }

    @Test func `ends the workers of a pid file's process too, although they ignore SIGTERM`() async throws {
        let server = workshop.copy("/bin/sh", to: "\(workshop.token)-server")
        let worker = "\(server) -c 'trap \"\" TERM; while :; do sleep 1; done'"
        _ = await SessionLauncher(settling: .milliseconds(20)).start(
            LaunchSpec(
                executable: server, arguments: [server, "-c", "\(worker) & \(worker) & wait"].map { Array($0.utf8) }),
            for: workshop.name())
        func servers() -> [ProcessEntry] {
            ProcessSet(
                workshop.processes().compactMap(ProcessEntry.init(reading:)).filter {
                    $0.isNamed(workshop.name("-server"))
                }
            )
            .members
        }
        #expect(await workshop.wait { servers().count == 3 })
        workshop.write("\(try #require(servers().first).identity)\n", to: "pid")
        chmod(workshop.path("pid"), 0o600)
        scene.configure {
            $0.pidFile = workshop.path("pid")
            $0.stopTimeout = .milliseconds(200)
        }
        let launcher = RecordingLauncher()
        #expect(await scene.restart(launcher: launcher) == .restarted("\(workshop.name()) recorded"))
        #expect(servers().isEmpty)
        #expect(launcher.launches.map(\.executable) == [server])
    }

    @Test func `lets the stop command do it first, and ends what that leaves`() async throws {
        let program = scene.sleeper()
        _ = try await scene.start(program)
        scene.configure {
            $0.stopCommand = try? CommandTemplate("echo $MONITOR_PROCESS_NAME %s >\(workshop.path("stopped")); exit 1")
        }
        guard case .restarted = await scene.restart() else {
            Issue.record("not restarted")
            return
        }
        #expect(workshop.read("stopped") == "\(workshop.name()) \(workshop.name())\n")
        #expect(scene.members().count == 1)
    }

    @Test func `starts no second copy beside one that somebody else brings back`() async throws {
        let program = workshop.copy("/bin/sleep", to: workshop.token)
        let loop = LaunchSpec(
            executable: "/bin/sh", arguments: ["sh", "-c", "while :; do \(program) 1000; done"].map { Array($0.utf8) })
        _ = await SessionLauncher().start(loop, for: workshop.name())
        let launcher = RecordingLauncher()
        #expect(await workshop.wait { !scene.members().isEmpty })
        guard case .restarted(let text, _) = await scene.restart(launcher: launcher) else {
            Issue.record("not restarted")
            return
        }
        #expect(text.contains("has started \(workshop.name()) again"))
        #expect(launcher.launches.isEmpty)
        // The loop first, or it would go on while the workshop clears up.
        for process in workshop.processes() where process.comm == Array("sh".utf8) {
            try? PidFD(process.identity).send(SIGKILL)
        }
    }

    @Test func `is interrupted while it waits for a process to end`() async throws {
        let script = workshop.write(
            "#!/bin/sh\ntrap 'echo asked >\(workshop.path("asked"))' TERM\nwhile :; do sleep 0.1; done\n",
            to: workshop.token)
        _ = try await scene.start(LaunchSpec(executable: script, arguments: [Array(script.utf8)]))
        let launcher = RecordingLauncher()
        let task = Task { await scene.restart(launcher: launcher) }
        #expect(await workshop.wait { workshop.read("asked") != nil })
        task.cancel()
        #expect(await task.value == .interrupted("interrupted while \(workshop.name()) was being stopped"))
        #expect(launcher.launches.isEmpty)
    }

    @Test func `goes on as it was after being killed between stop and start`() async throws {
        let launch = scene.sleeper()
        _ = try await scene.start(launch)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [directory = workshop.directory as String, token = workshop.token as String] in
            let process = MonitoredProcess(name: try ProcessName(token), settings: ProcessSettings())
            let strategy = ProcessStrategy(launcher: KillingLauncher(), stateDirectory: directory)
            _ = await strategy.restart(process, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }
        #expect(scene.members().isEmpty)
        guard case .restarted = await scene.restart() else {
            Issue.record("not restarted")
            return
        }
        let after = try #require(scene.members().first)
        #expect(after.arguments == launch.arguments)
        #expect(ProcFile(pid: after.identity.pid).environment()?.dropFirst() == launch.environment?[...])
    }
}
