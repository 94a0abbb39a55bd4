import Glibc
import Logging
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite(.serialized) struct LaunchPlanTests {
    private let scene = StrategyScene()

    private func plan(_ change: (inout ProcessSettings) throws -> Void = { _ in }) async throws -> LaunchPlan {
        var settings = ProcessSettings()
        try change(&settings)
        let strategy = ProcessStrategy(launcher: RecordingLauncher(), stateDirectory: scene.workshop.directory)
        let process = MonitoredProcess(name: scene.workshop.name(), settings: settings)
        return await strategy.plan(
            for: process, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func `of a process that never ran nothing is known`() async throws {
        #expect(try await plan() == .nothingKnown)
    }

    @Test func `a start command is enough`() async throws {
        #expect(try await plan { $0.startCommand = try CommandTemplate("start %s") } == .ready)
    }

    @Test func `what runs can be started again, also when it has ended since`() async throws {
        let entry = try await scene.start(scene.sleeper())
        #expect(try await plan() == .ready)
        kill(entry.identity.pid, SIGKILL)
        _ = await scene.workshop.wait { scene.members().isEmpty }
        #expect(try await plan() == .ready)
    }

    @Test func `what can't be started is told before anything is stopped`() async throws {
        let plan = try await plan {
            $0.startCommand = try CommandTemplate("start")
            $0.user = "nobody-knows-this-user"
        }
        guard case .impossible(let reason) = plan else {
            Issue.record("\(plan)")
            return
        }
        #expect(reason.contains("nobody-knows-this-user"))
    }
}
