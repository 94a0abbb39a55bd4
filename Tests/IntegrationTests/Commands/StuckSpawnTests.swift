import Foundation
import Testing

@testable import MonitorCore

@Suite struct StuckSpawnTests {
    @Test func `a child that is still its parent's program is stuck; one that has executed another is not`() throws {
        // A shell that runs itself as its child: what a clone looks like that has not come to execute anything.
        let other = Process()
        other.executableURL = URL(fileURLWithPath: "/bin/bash")
        other.arguments = ["-c", "(while :; do :; done) & echo $!; sleep 60 & wait"]
        let pipe = Pipe()
        other.standardOutput = pipe
        try other.run()
        defer { other.terminate() }
        let line = try #require(String(data: pipe.fileHandleForReading.availableData, encoding: .utf8))
        let clone = try #require(pid_t(line.trimmingCharacters(in: .whitespacesAndNewlines)))
        defer { kill(clone, SIGKILL) }
        #expect(StuckSpawn.stuck(among: ProcessTable.read(), parent: other.processIdentifier) == [clone])
    }
}
