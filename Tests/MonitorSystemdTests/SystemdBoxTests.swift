import TestSupport
import Testing

@Suite struct SystemdBoxTests {
    @Test(.makesSystemdBox)
    func `every suite that needs systemd passes in a real one`() async throws {
        try await SystemdBox.runSuites(matching: "MonitorSystemdTests")
    }
}
