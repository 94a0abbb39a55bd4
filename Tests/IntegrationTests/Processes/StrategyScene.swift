import Glibc
import Logging
import Synchronization
import Testing

@testable import MonitorCore
@testable import MonitorLinux

/// A process of a unique name, and a strategy to restart it with a state directory of its own.
final class StrategyScene: Sendable {
    let workshop = Workshop()
    private let settings = Mutex(ProcessSettings())

    func configure(_ change: (inout ProcessSettings) -> Void) {
        settings.withLock { change(&$0) }
    }

    /// Runs a restart with the settings as they are.
    func restart(launcher: any ProcessLauncher = SessionLauncher(settling: .milliseconds(100))) async -> RestartResult {
        let strategy = ProcessStrategy(
            launcher: launcher, commands: CommandRunner(grace: .milliseconds(300)), stateDirectory: workshop.directory,
            supervision: SupervisionTimes(beforeStart: .seconds(2), afterStart: .seconds(3)))
        let process = MonitoredProcess(name: workshop.name(), settings: settings.withLock { $0 })
        return await strategy.restart(process, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// A program of the scene's name that only sleeps.
    func sleeper(_ suffix: String = "") -> LaunchSpec {
        LaunchSpec(
            executable: workshop.copy("/bin/sleep", to: workshop.token + suffix),
            arguments: ["sleep", "1000"].map { Array($0.utf8) }, environment: [Array("SCENE=1".utf8)])
    }

    /// Starts a program and waits until it is what it is to be.
    func start(_ launch: LaunchSpec) async throws -> ProcessEntry {
        _ = await SessionLauncher(settling: .milliseconds(20)).start(launch, for: workshop.name())
        _ = await workshop.wait { !members().isEmpty }
        return try #require(members().first)
    }

    /// The living processes whose program lies in the workshop.
    func members() -> [ProcessEntry] {
        ProcessSet(workshop.processes().compactMap(ProcessEntry.init(reading:)).filter { $0.isNamed(workshop.name()) })
            .members
    }
}

/// Starts nothing, and remembers what it was asked to.
final class RecordingLauncher: ProcessLauncher {
    private let recorded = Mutex<[LaunchSpec]>([])

    var launches: [LaunchSpec] { recorded.withLock { $0 } }

    func start(_ launch: LaunchSpec, for name: ProcessName) async -> RestartResult {
        recorded.withLock { $0.append(launch) }
        return .restarted("\(name) recorded")
    }
}

/// Ends the daemon in the worst moment, as `kill -9` would.
struct KillingLauncher: ProcessLauncher {
    func start(_ launch: LaunchSpec, for name: ProcessName) async -> RestartResult {
        kill(getpid(), SIGKILL)
        return .failed("still alive")
    }
}
