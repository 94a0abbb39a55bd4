import Testing

@testable import MonitorCore

@Suite struct TransientUnitLauncherTests {
    @Test func `gives a program the clean environment where it has none of its own`() async throws {
        let manager = RecordingServiceManager()
        let launcher = TransientUnitLauncher(manager: manager)
        let name = try ProcessName("worker")
        _ = await launcher.start(LaunchSpec(executable: "/bin/a", arguments: [], environment: []), for: name)
        _ = await launcher.start(LaunchSpec(executable: "/bin/b", arguments: []), for: name)

        let count = CommandEnvironment.clean(for: nil, account: nil).count
        #expect(manager.calls == ["start /bin/a with 0 variables", "start /bin/b with \(count) variables"])
    }
}
