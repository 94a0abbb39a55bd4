import Glibc
import Testing

@testable import MonitorCore
@testable import MonitorLinux

/// What running commands costs, and what happens when that can't be had.
///
/// Each runs in a process of its own, so that nothing beside it opens a file, and no limit hits another test.
@Suite(.serialized) struct CommandRunnerResourceTests {
    @Test func `leaks no descriptor, whatever becomes of the command`() async {
        await #expect(processExitsWith: .success) {
            func openDescriptors() -> Int {
                (0..<1024).count { fcntl($0, F_GETFD) >= 0 }
            }
            func runAll() async throws {
                let runner = CommandRunner(grace: .milliseconds(50))
                for text in ["true", "echo x; exit 1", "kill -9 $$", "sleep 60", "/nonexistent"] {
                    _ = await runner.run(Command(text, limit: .milliseconds(100)))
                }
                _ = await runner.run(Command("true", limit: .seconds(1), workingDirectory: "/nonexistent"))
                _ = await SessionLauncher(settling: .milliseconds(50)).start(
                    LaunchSpec(executable: "/nonexistent", arguments: [[120]]), for: try ProcessName("x"))
            }
            // The libraries open what they keep at the first use.
            try await runAll()
            let before = openDescriptors()
            let proof = dup(0)
            #expect(openDescriptors() == before + 1)
            close(proof)
            for _ in 0..<5 { try await runAll() }
            #expect(openDescriptors() == before)
        }
    }

    @Test func `leaves no zombie after fifty commands`() async {
        await #expect(processExitsWith: .success) {
            let runner = CommandRunner(grace: .milliseconds(50))
            for number in 0..<50 {
                _ = await runner.run(Command("exit \(number)", limit: .seconds(20)))
            }
            #expect(ProcessTable.read().processes.values.filter { $0.parent == getpid() } == [])
        }
    }

    @Test func `tells that no descriptor is left, and recovers when there are some again`() async {
        await #expect(processExitsWith: .success) {
            let runner = CommandRunner()
            let works = await runner.run(Command("true", limit: .seconds(20)))
            #expect(works.succeeded)
            var limit = rlimit()
            getrlimit(openFiles, &limit)
            limit.rlim_cur = 100
            setrlimit(openFiles, &limit)
            var fillers: [CInt] = []
            while case let filler = dup(0), filler >= 0 { fillers.append(filler) }
            // From none free to enough free, so that each step of a start fails once.
            var endings: [CommandResult.Ending] = []
            for _ in 0..<10 {
                endings.append(await runner.run(Command("true", limit: .seconds(20))).ending)
                fillers.popLast().map { _ = close($0) }
            }
            #expect(endings.first == .couldNotStart("too many open files"))
            #expect(endings.allSatisfy { $0 == .couldNotStart("too many open files") || $0 == .exited(0) })
            #expect(endings.last == .exited(0))
        }
    }

    @Test(.needsRoot) func `tells that no process can be started`() async {
        await #expect(processExitsWith: .success) {
            let runner = CommandRunner()
            let works = await runner.run(Command("true", limit: .seconds(20)))
            #expect(works.succeeded)
            // Of a user that nobody is, so that the limit hits nobody else.
            var limit = rlimit(rlim_cur: 0, rlim_max: 0)
            setrlimit(processes, &limit)
            try #require(setuid(64_999) == 0)
            let result = await runner.run(Command("true", limit: .seconds(20)))
            #expect(result.ending == .couldNotStart("resource temporarily unavailable"))
        }
    }
}

private let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
private let processes = __rlimit_resource_t(__RLIMIT_NPROC.rawValue)
