import Glibc
import Logging
import MonitorIO
import Testing

@testable import MonitorCore
@testable import MonitorLinux

/// Never two copies of a process, whatever it calls itself, whoever else looks after it.
@Suite(.serialized) struct ProcessCopiesTests {
    private let scene = StrategyScene()
    private var workshop: Workshop { scene.workshop }

    /// Living processes of the workshop that are the application, as it tells by a file that it holds open.
    private func copies() -> [pid_t] {
        ProcessTable.read().processes.keys.filter { pid in
            (0..<20).contains { ProcFile(pid: pid).descriptorTarget($0) == Array(workshop.path("alive").utf8) }
        }
    }

    /// A script that marks itself as alive in each of several languages.
    static let scripts: [(command: String, script: String)] = {
        let python =
            "import os,time\nos.open('DIR/alive', os.O_CREAT|os.O_RDWR)\nos.set_inheritable(3, False)\ntime.sleep(1000)\n"
        return [
            ("python3 -u DIR/TOKEN-app.py", python), ("cd DIR; PYTHONPATH=DIR exec python3 -m TOKENmodule", python),
            ("bash -eu DIR/TOKEN-app.py", "exec 9<>DIR/alive\nwhile :; do sleep 1 9>&-; done\n"),
            ("perl -w DIR/TOKEN-app.py", "open(my $f, '+>', 'DIR/alive');\nsleep 1000;\n"),
            ("DIR/TOKEN-app.py", "#!/usr/bin/env -S python3 -u\n" + python),
            // A title in place of its command line and environment.
            ("perl DIR/TOKEN-app.py", "$0 = 'another' . ('x' x 400);\nopen(my $f, '+>', 'DIR/alive');\nsleep 1000;\n"),
            // It turns itself into a daemon, and its pid file comes late.
            ("setsid bash DIR/TOKEN-app.py & exit 0", "exec 9<>DIR/alive\nwhile :; do sleep 1 9>&-; done\n"),
        ]
    }()

    @Test(arguments: scripts.indices)
    func `what was started is known again by whatever name it goes, also after the daemon's restart`(_ index: Int)
        async throws
    {
        let (command, script) = Self.scripts[index]
        func filled(_ text: String) -> String {
            text.replacing("DIR", with: workshop.directory).replacing("TOKEN", with: workshop.token)
        }
        workshop.write(filled(script), to: "\(workshop.token)-app.py")
        workshop.write(filled(script), to: "\(workshop.token)module.py")
        scene.configure {
            $0.startCommand = try? CommandTemplate(filled(command))
            $0.stopTimeout = .seconds(2)
        }
        var last: [pid_t] = []
        // The workshop's own clearing up doesn't see through a title.
        defer { for pid in copies() { kill(pid, SIGKILL) } }
        // Each restart is by a strategy of its own, as a new daemon has it.
        for _ in 0..<3 {
            guard case .restarted = await scene.restart() else {
                Issue.record("not restarted")
                return
            }
            #expect(await workshop.wait { copies().count == 1 && copies() != last })
            last = copies()
        }
        #expect(copies().count == 1)
    }

    @Test func `nothing else is done where a supervisor is slow to start the process again`() async throws {
        let program = workshop.copy("/bin/sleep", to: workshop.token)
        let loop = LaunchSpec(
            executable: "/bin/sh",
            arguments: ["sh", "-c", "while :; do \(program) 1000; sleep 1; done"].map { Array($0.utf8) })
        _ = await SessionLauncher(settling: .milliseconds(20)).start(loop, for: workshop.name("loop"))
        defer { endLoops() }
        #expect(await workshop.wait { scene.members().count == 1 })
        let before = try #require(scene.members().first)
        let launcher = RecordingLauncher()
        guard case .restarted(let text, let started) = await scene.restart(launcher: launcher) else {
            Issue.record("not restarted")
            return
        }
        let after = try #require(scene.members().first)
        #expect(text == "pid \(before.stat.parent) (sh) has started \(workshop.name()) again, pid \(after.identity)")
        #expect(started.identity == .process(pid: after.identity.pid, startTime: after.identity.startTime))
        #expect(launcher.launches.isEmpty)
        #expect(scene.members().count == 1)
    }

    @Test func `the copy is ended, too, where nothing ran and the supervisor was not known`() async throws {
        let program = workshop.copy("/bin/sleep", to: workshop.token)
        let loop = LaunchSpec(
            executable: "/bin/sh",
            arguments: ["sh", "-c", "while :; do \(program) 1000; sleep 1; done"].map { Array($0.utf8) })
        _ = await SessionLauncher(settling: .milliseconds(20)).start(loop, for: workshop.name("loop"))
        defer { endLoops() }
        #expect(await workshop.wait { scene.members().count == 1 })
        let first = try #require(scene.members().first)
        let strategy = ProcessStrategy(
            launcher: SessionLauncher(settling: .milliseconds(20)), commands: CommandRunner(),
            stateDirectory: workshop.directory,
            supervision: SupervisionTimes(afterStart: .seconds(20), proof: .milliseconds(500)))
        var settings = ProcessSettings()
        settings.startCommand = try CommandTemplate("exec \(program) 1000")
        try PidFD(first.identity).send(SIGKILL)
        #expect(await workshop.wait { scene.members().isEmpty })
        let result = await strategy.restart(
            MonitoredProcess(name: workshop.name(), settings: settings),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        guard case .restarted(_, let started) = result else {
            Issue.record("not restarted: \(result)")
            return
        }
        #expect(await workshop.wait { scene.members().map(\.stat.parent) == [first.stat.parent] })
        // What it has started has ended, and that is no loss.
        #expect(await strategy.loss(of: started) == nil)
    }

    @Test func `the copy is ended where a supervisor starts the process only after it`() async throws {
        let program = workshop.copy("/bin/sleep", to: workshop.token)
        // Slower than it is waited for before the start, not after.
        let loop = LaunchSpec(
            executable: "/bin/sh",
            arguments: ["sh", "-c", "while :; do \(program) 1000; sleep 3; done"].map { Array($0.utf8) })
        _ = await SessionLauncher(settling: .milliseconds(20)).start(loop, for: workshop.name("loop"))
        defer { endLoops() }
        #expect(await workshop.wait { scene.members().count == 1 })
        let parent = try #require(scene.members().first?.stat.parent)
        guard case .restarted(let text, _) = await scene.restart() else {
            Issue.record("not restarted")
            return
        }
        #expect(text.hasPrefix("pid \(parent) (sh) has started \(workshop.name()) again"))
        #expect(scene.members().map(\.stat.parent) == [parent])
    }

    /// The loops first, or they would go on while the workshop clears up.
    private func endLoops() {
        for process in workshop.processes() where process.comm == Array("sh".utf8) {
            try? PidFD(process.identity).send(SIGKILL)
        }
    }

    @Test func `instances with other arguments are none of them touched`() async throws {
        var (first, second) = (scene.sleeper(), scene.sleeper())
        first.arguments = ["sleep", "1000.1"].map { Array($0.utf8) }
        second.arguments = ["sleep", "1000.2"].map { Array($0.utf8) }
        _ = try await scene.start(first)
        _ = try await scene.start(second)
        #expect(await workshop.wait { scene.members().count == 2 })
        let before = scene.members().map(\.identity)
        for startCommand in [nil, try CommandTemplate("true")] {
            scene.configure { $0.startCommand = startCommand }
            guard case .refused(let reason) = await scene.restart() else {
                Issue.record("not refused")
                return
            }
            #expect(reason.contains("2 instances of it run side by side"))
            #expect(reason.hasSuffix("set match to what only one of them has in its command line"))
        }
        #expect(scene.members().map(\.identity) == before)
        scene.configure {
            $0.startCommand = nil
            $0.match = "sleep 1000.2"
        }
        guard case .restarted = await scene.restart() else {
            Issue.record("not restarted")
            return
        }
        #expect(await workshop.wait { scene.members().count == 2 })
        #expect(scene.members().first?.identity == before.first)
        #expect(Set(scene.members().map(\.arguments)) == [first.arguments, second.arguments])
    }

    @Test(.needsRoot) func `another user's program under a dead service's name neither is it nor becomes its model`()
        async throws
    {
        let own = scene.sleeper()
        _ = try await scene.start(own)
        guard case .restarted = await scene.restart() else {
            Issue.record("not restarted")
            return
        }
        try PidFD(try #require(scene.members().first).identity).send(SIGKILL)
        #expect(await workshop.wait { scene.members().isEmpty })
        var other = own
        other.credentials = LaunchSpec.Credentials(uid: 65534, gid: 65534, groups: [])
        let impostor = try await scene.start(other)
        guard case .restarted = await scene.restart() else {
            Issue.record("not restarted")
            return
        }
        #expect(await workshop.wait { scene.members().count == 2 })
        #expect(Set(scene.members().map(\.status.userIDs)) == [[0, 0, 0, 0], [65534, 65534, 65534, 65534]])
        #expect(scene.members().map(\.identity).contains(impostor.identity))
        #expect(LaunchRecords(stateDirectory: workshop.directory).recordedUser(of: workshop.name()) == 0)
    }
}

/// What a process had inherited, it has again.
@Suite(.serialized) struct ProcessInheritanceTests {
    private let scene = StrategyScene()
    private var workshop: Workshop { scene.workshop }

    private func restarted() async throws -> ProcessEntry {
        guard case .restarted = await scene.restart() else {
            Issue.record("not restarted")
            throw CancellationError()
        }
        #expect(await workshop.wait { scene.members().count == 1 })
        return try #require(scene.members().first)
    }

    @Test(.needsRoot) func `umask, limits, priority, bounds and output come back`() async throws {
        var launch = scene.sleeper()
        let log = workshop.write("before\n", to: "log")
        chmod(log, 0o600)
        launch.attributes = LaunchSpec.Attributes(
            umask: 0o77, nice: 5, schedulingPolicy: 3, ioPriority: 3 << 13, cpus: [1], outOfMemoryAdjustment: 300,
            hasNoNewPrivileges: true,
            capabilityBounds: 0x1F,
            limits: [.init(resource: 7, soft: 111, hard: 222), .init(resource: 4, soft: 0, hard: 0)],
            output: log, errorOutput: log)
        let before = try await scene.start(launch)
        let attributes = try LaunchSpec(capturing: before).attributes
        let after = try await restarted()
        #expect(after.identity != before.identity)
        #expect(try LaunchSpec(capturing: after).attributes == attributes)
        #expect(attributes?.umask == 0o77)
        #expect(attributes?.nice == 5)
        #expect(attributes?.schedulingPolicy == 3)
        #expect(attributes?.ioPriority == 3 << 13)
        // Where it may run on one alone anyway, it is bound to nothing.
        #expect(sysconf(CInt(_SC_NPROCESSORS_ONLN)) == 1 || attributes?.cpus?.first == 1)
        #expect(attributes?.outOfMemoryAdjustment == 300)
        #expect(attributes?.hasNoNewPrivileges == true)
        #expect(attributes?.capabilityBounds == 0x1F)
        #expect(attributes?.limits[7] == .init(resource: 7, soft: 111, hard: 222))
        #expect(attributes?.limits[4] == .init(resource: 4, soft: 0, hard: 0))
        #expect(attributes?.output == log)
        // Appended to, not begun anew.
        #expect(workshop.read("log") == "before\n")
    }

    @Test(.needsRoot, arguments: ["--net", "--mount", "--ipc", "--uts"])
    func `a process in a name space of its own is not started outside of it`(_ kind: String) async throws {
        let program = workshop.copy("/bin/sleep", to: workshop.token)
        let launch = LaunchSpec(
            executable: "/usr/bin/unshare", arguments: ["unshare", kind, program, "1000"].map { Array($0.utf8) })
        let before = try await scene.start(launch)
        guard case .failed(let reason) = await scene.restart() else {
            Issue.record("not denied")
            return
        }
        #expect(reason.contains("name space of its own; configure start_command"))
        #expect(scene.members().map(\.identity) == [before.identity])
    }

    @Test(.needsRoot) func `a file that a process can only read is not opened for its output`() async throws {
        var launch = scene.sleeper()
        launch.executable = "/bin/sh"
        let program = workshop.copy("/bin/sleep", to: workshop.token)
        launch.arguments = ["sh", "-c", "exec \(program) 1000 1</etc/passwd"].map { Array($0.utf8) }
        let before = try await scene.start(launch)
        #expect(
            await workshop.wait { ProcFile(pid: before.identity.pid).descriptorTarget(1) == Array("/etc/passwd".utf8) })
        #expect(try LaunchSpec(capturing: before).attributes?.output == nil)
    }
}

/// What is told of a program that has ended soon after its start.
@Suite(.serialized) struct StartedProcessLossTests {
    private let scene = StrategyScene()
    private var workshop: Workshop { scene.workshop }

    @Test(arguments: [0.02, 0.3, 1.5])
    func `a start that dies is told from one that lives, with its code`(_ seconds: Double) async throws {
        scene.configure { $0.startCommand = try? CommandTemplate("sleep \(seconds); exit 3") }
        let strategy = ProcessStrategy(
            launcher: SessionLauncher(settling: .milliseconds(100)), stateDirectory: workshop.directory)
        var settings = ProcessSettings()
        settings.startCommand = try CommandTemplate("sleep \(seconds); exit 3")
        let result = await strategy.restart(
            MonitoredProcess(name: workshop.name(), settings: settings),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        guard case .restarted(_, let started) = result else {
            #expect(result == .failed("cannot start \(workshop.name()): it exited with 3 at once"))
            return
        }
        if seconds > 1 { #expect(await strategy.loss(of: started) == nil) }
        #expect(await workshop.wait { await strategy.loss(of: started) != nil })
        #expect(await workshop.wait { await strategy.loss(of: started)?.hasSuffix("exited with 3") == true })
    }

    @Test func `the last line of a dead start is told where its output can be read`() async throws {
        var launch = LaunchSpec(
            executable: "/bin/sh",
            arguments: ["sh", "-c", "echo starting; echo port in use >&2; exit 4"].map { Array($0.utf8) })
        launch.attributes = LaunchSpec.Attributes(
            umask: 0o22, output: workshop.write("old\n", to: "log"), errorOutput: workshop.path("log"))
        let result = await SessionLauncher(settling: .seconds(20)).start(launch, for: workshop.name())
        #expect(result == .failed("cannot start \(workshop.name()): it exited with 4 at once: port in use"))
        #expect(workshop.read("log") == "old\nstarting\nport in use\n")
    }
}
