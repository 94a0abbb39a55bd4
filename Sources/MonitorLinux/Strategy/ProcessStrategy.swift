public import Logging
public import MonitorCore
internal import MonitorIO

/// Restarts a standalone process: stops what runs under its name, then starts it, as configured or as it was.
///
/// What can be told beforehand is told before anything is stopped: that nothing is known to be started, that the user
/// doesn't exist, that the program is gone. Two copies never run: unless all of the old ones have ended, no new one is
/// started, nor when a supervisor of its own has started the process again meanwhile.
///
/// `start_command` and `stop_command` run as the `user` of the process; `pre_restart_command` and the health check, which
/// are not part of this, run as the daemon does.
public struct ProcessStrategy: RestartStrategy {
    private let launcher: any ProcessLauncher
    private let commands: CommandRunner
    private let planner: LaunchPlanner
    private let finder = ProcessFinder()
    private let stopper: ProcessStopper
    private let leftovers: ProcessLeftovers

    /// - Parameters:
    ///   - launcher: starts the process.
    ///   - stateDirectory: where it is kept how processes were started, below `relaunch/`; it has to be nobody's but
    ///     the daemon's. nil for nowhere: a process that has died by itself then needs a `start_command`.
    public init(
        launcher: any ProcessLauncher, commands: CommandRunner = CommandRunner(), stateDirectory: String?,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.launcher = launcher
        self.commands = commands
        planner = LaunchPlanner(records: stateDirectory.map(LaunchRecords.init))
        stopper = ProcessStopper(finder: finder, clock: clock)
        leftovers = ProcessLeftovers(clock: clock)
    }

    public func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        let account: Account?
        do {
            account = try await configuredAccount(of: process)
        } catch {
            return .failed(error.description)
        }
        let running: ProcessSet
        switch await finder.find(process, logger: logger) {
        case .refused(let reason): return .refused("\(process.name) is not restarted: \(reason)")
        case .found(let set): running = set
        }
        switch await planner.plan(process, running: running, account: account, logger: logger) {
        case .impossible(let reason):
            return .failed(reason)
        case .launch(let launch):
            guard await leftovers.end(of: process.name, besides: running, logger: logger) else {
                return .failed("cannot stop a command that an earlier daemon has left behind")
            }
            switch await stop(running, of: process, as: account, logger: logger) {
            case .failed(let reason): return .failed(reason)
            case .interrupted: return .interrupted("interrupted while \(process.name) was being stopped")
            case .startedAgain(let what): return .restarted(what)
            case .stopped: return await launcher.start(launch, for: process.name)
            }
        }
    }

    private func configuredAccount(of process: MonitoredProcess) async throws(AccountError) -> Account? {
        guard let user = process.settings.user else { return nil }
        return try await Account.named(user)
    }

    private func stop(
        _ running: ProcessSet, of process: MonitoredProcess, as account: Account?, logger: Logger
    ) async -> ProcessStopper.Outcome {
        if Task.isCancelled { return .interrupted }
        if running.isEmpty { return .stopped }
        if let command = process.settings.stopCommand {
            let result = await commands.run(
                Command(
                    command.rendered(for: process.name), limit: process.settings.commandTimeout, name: process.name,
                    account: account, workingDirectory: process.settings.workingDirectory, leftovers: .kept))
            if result.ending == .cancelled { return .interrupted }
            if !result.succeeded {
                // Not the end of it: what it has not stopped is stopped next.
                logger.warning(
                    "The stop command failed.",
                    metadata: [
                        "event": "process.stop_command_failed", "process.name": "\(process.name)",
                        "error.reason": "\(result.phrase(for: "stop_command"))",
                        "command.output": "\(result.output.summary)",
                    ])
            }
        }
        return await stopper.stop(running, of: process, logger: logger)
    }
}

extension ProcessStrategy: ProcessControl {
    public func running(_ process: MonitoredProcess, logger: Logger) async -> [Int32] {
        guard case .found(let set) = await finder.find(process, logger: logger) else { return [] }
        return set.tops.map(\.identity.pid)
    }

    public func plan(for process: MonitoredProcess, logger: Logger) async -> LaunchPlan {
        let account: Account?
        do {
            account = try await configuredAccount(of: process)
        } catch {
            return .impossible(error.description)
        }
        let running: ProcessSet
        switch await finder.find(process, logger: logger) {
        case .refused(let reason): return .impossible("\(process.name) is not restarted: \(reason)")
        case .found(let set): running = set
        }
        if running.isEmpty, process.settings.startCommand == nil, await !isRecorded(process.name, logger) {
            return .nothingKnown
        }
        return switch await planner.plan(process, running: running, account: account, logger: logger) {
        case .launch: .ready
        case .impossible(let reason): .impossible(reason)
        }
    }

    private func isRecorded(_ name: ProcessName, _ logger: Logger) async -> Bool {
        guard let records = planner.records else { return false }
        return await BlockingWork.run { records.load(name, logger: logger) != nil }
    }
}
