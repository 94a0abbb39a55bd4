import Glibc
import MonitorIO
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite(.serialized) struct SessionLauncherTests {
    private let workshop = Workshop()
    /// Patient, as most of what it starts here ends at once.
    private let launcher = SessionLauncher(settling: .seconds(30))
    private let hasty = SessionLauncher(settling: .milliseconds(300))

    private func start(
        _ text: String, account: Account? = nil, by other: SessionLauncher? = nil
    ) async -> RestartResult {
        let launch = LaunchSpec(shell: text, name: workshop.name(), account: account, workingDirectory: nil)
        return await (other ?? launcher).start(launch, for: workshop.name())
    }

    @Test func `succeeds with a program that stays in the foreground`() async throws {
        let program = workshop.copy("/bin/sleep", to: workshop.token)
        guard case .restarted(let text, _) = await start("exec \(program) 1000", by: hasty) else {
            Issue.record("not started")
            return
        }
        let process = try #require(workshop.processes().first)
        #expect(text == "\(workshop.name()) started, pid \(process.identity)")
        #expect(process.session == process.identity.pid)
        let files = (0...2).map { descriptor in
            var target = [CChar](repeating: 0, count: 100)
            readlink("/proc/\(process.identity)/fd/\(descriptor)", &target, 99)
            return String(decoding: target.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        #expect(files == ["/dev/null", "/dev/null", "/dev/null"])
    }

    @Test func `succeeds with a program that turns itself into a daemon`() async {
        let program = workshop.copy("/bin/sleep", to: workshop.token)
        #expect(await start("setsid \(program) 1000 & exit 0") == .restarted("\(workshop.name()) started"))
        #expect(await workshop.wait { workshop.processes().count == 1 })
    }

    @Test func `fails with the code of a program that ends at once`() async {
        let name = workshop.name()
        #expect(await start("exit 3") == .failed("cannot start \(name): it exited with 3 at once"))
        #expect(
            await start("/nonexistent")
                == .failed("cannot start \(name): it exited with 127 (command not found) at once"))
        #expect(await start("kill -SEGV $$") == .failed("cannot start \(name): it was killed by SIGSEGV at once"))
    }

    @Test func `fails where there is nothing to execute`() async {
        let launch = LaunchSpec(executable: workshop.path("missing"), arguments: [Array("missing".utf8)])
        let result = await launcher.start(launch, for: workshop.name())
        #expect(result == .failed("cannot start \(workshop.name()): no such file, or not executable"))
    }

    @Test func `leaves alive what it started when it is cancelled`() async {
        let program = workshop.copy("/bin/sleep", to: workshop.token)
        let launch = LaunchSpec(
            executable: program, arguments: ["sleep", "1000"].map { Array($0.utf8) }, environment: [])
        let task = Task { await launcher.start(launch, for: workshop.name()) }
        #expect(await workshop.wait { workshop.processes().contains { $0.comm == Array(workshop.token.utf8) } })
        task.cancel()
        guard case .interrupted = await task.value else {
            Issue.record("not interrupted")
            return
        }
        #expect(workshop.processes().count == 1)
    }

    @Test func `passes on any byte of arguments and environment`() async throws {
        let launch = LaunchSpec(
            executable: "/bin/sh",
            arguments: ["sh", "-c", "printf '%s' \"$1\" \"$V\" >\(workshop.path("out"))", "sh"].map { Array($0.utf8) }
                + [[10, 255, 32, 34, 36]],
            environment: [Array("V=a\nb\u{1}".utf8), Array("no variable".utf8), Array("9=x".utf8)])
        _ = await launcher.start(launch, for: workshop.name())
        let file = try OwnedDescriptor(opening: workshop.path("out"), O_RDONLY)
        #expect(try file.read(limit: 100) == [10, 255, 32, 34, 36] + Array("a\nb\u{1}".utf8))
    }

    @Test func `leaves no zombies`() async {
        for _ in 0..<50 { _ = await start("exit 0") }
        let mine = ProcessTable.read().processes.values.filter { $0.parent == getpid() && !$0.isAlive }
        // Those of tests beside this one are gone in a moment.
        #expect(
            await workshop.wait { mine.allSatisfy { ProcFile(pid: $0.identity.pid).stat()?.identity != $0.identity } })
    }

    @Test(.needsRoot) func `starts as another user with that user's groups`() async throws {
        let account = try await Account.named("nobody")
        chmod(workshop.directory, 0o777)
        let result = await start("id -u >\(workshop.path("ids")); id -G >>\(workshop.path("ids"))", account: account)
        #expect(result == .restarted("\(workshop.name()) started"))
        let groups = account.credentials.groups.map(String.init).joined(separator: " ")
        #expect(workshop.read("ids") == "\(account.credentials.uid)\n\(groups)\n")
    }
}
