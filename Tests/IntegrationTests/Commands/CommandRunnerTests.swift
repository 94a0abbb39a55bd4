import Glibc
import MonitorIO
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite(.serialized) struct CommandRunnerTests {
    private let workshop = Workshop()
    private let runner = CommandRunner(grace: .milliseconds(300))

    private func run(
        _ text: String, limit: Duration = .seconds(20), orphans: Command.Orphans = .killed
    ) async -> CommandResult {
        await runner.run(Command(text, limit: limit, name: workshop.name(), orphans: orphans))
    }

    @Test(arguments: [("true", 0), ("exit 3", 3), ("/nonexistent/x", 127), ("/etc/passwd", 126)])
    func `gives the exit code`(_ text: String, _ code: Int32) async {
        #expect(await run(text).ending == .exited(code))
    }

    @Test func `tells which signal ended it`() async {
        #expect(await run("kill -9 $$").ending == .signalled(SIGKILL))
    }

    @Test func `keeps standard output and error, in order, also of a command that ends at once`() async {
        for _ in 0..<20 {
            #expect(await run("echo one; echo two >&2; echo three; exit 1").output.lines == ["one", "two", "three"])
        }
    }

    @Test func `runs in a clean environment`() async {
        // In a process of its own: while one test changed the environment, no other might read it.
        await #expect(processExitsWith: .success) {
            for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_FDS", "CREDENTIALS_DIRECTORY", "LD_PRELOAD_", "X"] {
                setenv(name, "1", 1)
            }
            setenv("MONITOR_DATABASE_PASSWORD", "secret", 1)
            setenv("TZ", "Europe/Madrid", 1)
            let result = await CommandRunner().run(
                Command("env", limit: .seconds(20), name: try ProcessName("worker")))
            let variables = result.output.lines
            let allowed: Set = [
                "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES",
                "TZ", "MONITOR_PROCESS_NAME",
                // The shell's own.
                "PWD", "OLDPWD", "SHLVL", "_",
            ]
            #expect(variables.filter { line in !allowed.contains(String(line.prefix { $0 != "=" })) } == [])
            #expect(variables.contains("MONITOR_PROCESS_NAME=worker"))
            #expect(variables.contains("PATH=\(CommandEnvironment.path)"))
            #expect(variables.contains("TZ=Europe/Madrid"))
        }
    }

    @Test func `runs in a session of its own, with nothing to read and no open file`() async {
        let leak = open("/dev/zero", O_RDONLY)
        defer { close(leak) }
        // The listing itself is descriptor 3.
        #expect(await run("ls /proc/self/fd").output.lines == ["0", "1", "2", "3"])
        #expect(await run("cat; pwd").output.lines == ["/"])
        #expect(await run("test $(cut -d' ' -f6 /proc/$$/stat) = $$").succeeded)
        let status = await run("grep -E '^Sig(Blk|Ign)' /proc/self/status").output.lines
        let signals = status.compactMap { UInt64($0.suffix(16), radix: 16) }
        // Signals 32 and 33 are the C library's own; no program can set them.
        #expect(signals.map { $0 & ~(3 << 31) } == [0, 0])
    }

    @Test func `ends at its limit`() async {
        let result = await run("sleep 60", limit: .milliseconds(200))
        #expect(result.ending == .timedOut(.milliseconds(200)))
        #expect(result.duration < .seconds(50))
    }

    @Test func `lets a command end on SIGTERM by itself`() async {
        let result = await run("trap 'echo tidy; exit 0' TERM; echo on; sleep 60 & wait", limit: .milliseconds(200))
        #expect(result.ending == .timedOut(.milliseconds(200)))
        #expect(result.output.lines == ["on", "tidy"])
    }

    @Test func `kills a grandchild that ignores SIGTERM and outlives its leader`() async {
        let stubborn = workshop.copy("/bin/sleep", to: workshop.token)
        let result = await run("(trap '' TERM; \(stubborn) 1000) & exec sleep 1000", limit: .milliseconds(300))
        #expect(result.ending == .timedOut(.milliseconds(300)))
        #expect(await workshop.wait { workshop.processes().isEmpty })
    }

    @Test func `kills what has a session of its own, ignores SIGTERM, and is still a descendant`() async {
        let stubborn = workshop.copy("/bin/sleep", to: workshop.token)
        let text = "trap '' TERM; setsid \(stubborn) 1000 & setsid \(stubborn) 1001 & wait"
        let result = await run(text, limit: .milliseconds(300))
        #expect(result.ending == .timedOut(.milliseconds(300)))
        #expect(await workshop.wait { workshop.processes().isEmpty })
    }

    @Test func `kills what a check leaves behind although it succeeded, and doesn't wait for it`() async {
        let left = workshop.copy("/bin/sleep", to: workshop.token)
        let result = await run("\(left) 1000 & true")
        #expect(result.succeeded)
        #expect(result.duration < .seconds(50))
        #expect(await workshop.wait { workshop.processes().isEmpty })
    }

    @Test func `lets live what a stop command leaves behind, and doesn't wait for it`() async {
        let left = workshop.copy("/bin/sleep", to: workshop.token)
        let result = await run("\(left) 1000 & echo started", orphans: .kept)
        #expect(result.succeeded)
        #expect(result.output.lines == ["started"])
        #expect(result.duration < .seconds(50))
        #expect(workshop.processes().count == 1)
    }

    @Test func `does not wait for a background process that never stops writing`() async {
        let result = await run("yes \(workshop.token) & exit 4", orphans: .kept)
        #expect(result.ending == .exited(4))
        #expect(result.duration < .seconds(50))
    }

    @Test func `kills the whole group when its task is cancelled`() async {
        let child = workshop.copy("/bin/sleep", to: workshop.token)
        let task = Task { await run("trap '' TERM; \(child) 1000; \(child) 1001") }
        #expect(await workshop.wait { workshop.processes().contains { $0.comm == Array(workshop.token.utf8) } })
        task.cancel()
        #expect(await task.value.ending == .cancelled)
        #expect(await workshop.wait { workshop.processes().isEmpty })
    }

    @Test func `ends at once when its task is cancelled before it began`() async {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await run("sleep 60")
        }
        #expect(await task.value.ending == .cancelled)
    }

    @Test func `stands a flood of output without keeping it`() async {
        let before = residentKilobytes()
        let result = await run("head -c 100000000 /dev/zero; echo; echo done", limit: .seconds(120))
        #expect(result.succeeded)
        #expect(result.output.byteCount == 100_000_006)
        #expect(result.output.lines.last == "done")
        #expect(residentKilobytes() - before < 32_000)
    }

    @Test(.needsRoot) func `runs as another user, with that user's groups only`() async throws {
        let account = try await Account.named("nobody")
        let result = await runner.run(
            Command("id -u; id -g; id -G; echo $HOME $USER", limit: .seconds(20), account: account))
        let groups = account.credentials.groups.map(String.init).joined(separator: " ")
        #expect(
            result.output.lines == [
                "\(account.credentials.uid)", "\(account.credentials.gid)", groups, "\(account.home) nobody",
            ])
    }

    @Test func `says what is wrong with a directory that isn't there`() async {
        let result = await runner.run(
            Command("true", limit: .seconds(5), workingDirectory: workshop.path("missing")))
        #expect(result.ending == .couldNotStart("its directory is not there, or not open to it"))
    }

    private func residentKilobytes() -> Int {
        let status = (try? OwnedDescriptor(opening: "/proc/self/statm", O_RDONLY).read(limit: 100)) ?? []
        return (status.split(separator: UInt8(ascii: " ")).dropFirst().first.flatMap { Int(decimal: $0) } ?? 0) * 4
    }
}
