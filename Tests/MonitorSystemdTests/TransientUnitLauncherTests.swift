import MonitorCore
import Synchronization
import Testing

@testable import MonitorLinux
@testable import MonitorSystemd

@Suite struct TransientUnitLauncherTests {
    @Test func `gives a program the clean environment where it has none of its own`() async throws {
        let started = Recorder()
        let launcher = TransientUnitLauncher { launch, _ in
            started.note("start \(launch.executable) with \(launch.environment?.count ?? 0) variables")
            return .restarted("started")
        }
        let name = try ProcessName("worker")
        _ = await launcher.start(LaunchSpec(executable: "/bin/a", arguments: [], environment: []), for: name)
        _ = await launcher.start(LaunchSpec(executable: "/bin/b", arguments: []), for: name)

        let count = CommandEnvironment.clean(for: nil, account: nil).count
        #expect(started.calls == ["start /bin/a with 0 variables", "start /bin/b with \(count) variables"])
    }

    private final class Recorder: Sendable {
        private let record = Mutex<[String]>([])
        var calls: [String] { record.withLock { $0 } }
        func note(_ call: String) { record.withLock { $0.append(call) } }
    }
}
