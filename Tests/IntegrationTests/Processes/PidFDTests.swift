import Glibc
import MonitorIO
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite(.serialized) struct PidFDTests {
    private let workshop = Workshop()

    /// A process that sleeps for long, started by a shell that has ended.
    private func sleeper() async throws -> ProcessIdentity {
        let program = workshop.copy("/bin/sleep", to: workshop.token)
        let result = await CommandRunner().run(
            Command("exec 2>&1 >/dev/null; \(program) 1000 &", limit: .seconds(10), orphans: .kept))
        #expect(result.succeeded)
        let name = Array(workshop.token.utf8)
        #expect(await workshop.wait { workshop.processes().contains { $0.comm == name } })
        return try #require(workshop.processes().first { $0.comm == name }).identity
    }

    @Test func `ends a process and sees its end`() async throws {
        let sleeper = try await sleeper()
        let descriptor = try PidFD(sleeper)
        let endedBefore = descriptor.hasEnded
        try descriptor.send(SIGTERM)
        await descriptor.waitForEnd()
        let endedAfter = descriptor.hasEnded
        #expect(!endedBefore && endedAfter)
        // A signal to what has ended is no error, and takes no effect on whoever has the pid.
        try descriptor.send(SIGTERM)
    }

    @Test func `takes no hold of a process that has the pid of another one`() async throws {
        let sleeper = try await sleeper()
        let earlier = ProcessIdentity(pid: sleeper.pid, startTime: sleeper.startTime - 1)
        let error = #expect(throws: SystemError.self) { _ = try PidFD(earlier).hasEnded }
        #expect(error?.code == ESRCH)
        #expect(workshop.processes().map(\.identity).contains(sleeper))
    }

    @Test func `stops waiting when its task is cancelled`() async throws {
        let sleeper = try await sleeper()
        let task = Task { try await PidFD(sleeper).waitForEnd() }
        task.cancel()
        try await task.value
        #expect(workshop.processes().map(\.identity).contains(sleeper))
    }
}
