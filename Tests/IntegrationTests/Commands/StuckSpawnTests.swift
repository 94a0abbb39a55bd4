import Foundation
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct StuckSpawnTests {
    @Test func `a child that is still its parent's program is stuck; one that has executed another is not`()
        async throws
    {
        // A shell that runs itself as its child: what a clone looks like that has not come to execute anything.
        let other = try Program("/bin/bash", ["-c", "(while :; do :; done) & echo $! >&2; sleep 60 & wait"])
        try await eventually("it tells") { other.log.hasSuffix("\n") }
        let clone = try #require(pid_t(other.log.trimmingCharacters(in: .whitespacesAndNewlines)))
        defer { kill(clone, SIGKILL) }
        #expect(StuckSpawn.stuck(among: ProcessTable.read(), parent: other.pid) == [clone])
    }
}
