internal import Glibc
package import Logging
package import MonitorCore
internal import MonitorIO
internal import Synchronization

/// Restarts a standalone process: stops what runs under its name, then starts it, as configured or as it was.
///
/// What can be told beforehand is told before anything is stopped: that nothing is known to be started, that the user
/// doesn't exist, that the program is gone. Two copies never run: unless all of the old ones have ended, no new one is
/// started, nor when a supervisor of its own has started the process again meanwhile.
///
/// `start_command` and `stop_command` run as the `user` of the process; `pre_restart_command` and the health check, which
/// are not part of this, run as the daemon does.
package struct ProcessStrategy: RestartStrategy {
    private let launcher: any ProcessLauncher
    private let commands: CommandRunner
    private let records: LaunchRecords?
    private let planner: LaunchPlanner
    private let finder: ProcessFinder
    private let stopper: ProcessStopper
    private let orphans: OrphanedCommands
    private let successors = Successors()

    /// - Parameters:
    ///   - launcher: starts the process.
    ///   - stateDirectory: where it is kept how processes were started, below `relaunch/` and `started/`; it has to be the daemon's alone. nil for
    ///     nowhere: a process that has died by itself then needs a `start_command`.
    package init(
        launcher: any ProcessLauncher, commands: CommandRunner = CommandRunner(), stateDirectory: String?,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.init(
            launcher: launcher, commands: commands, stateDirectory: stateDirectory, clock: clock,
            supervision: SupervisionTimes())
    }

    init(
        launcher: any ProcessLauncher, commands: CommandRunner, stateDirectory: String?,
        clock: any Clock<Duration> = ContinuousClock(), supervision: SupervisionTimes
    ) {
        self.launcher = launcher
        self.commands = commands
        records = stateDirectory.map(LaunchRecords.init)
        planner = LaunchPlanner(records: records)
        finder = ProcessFinder(stateDirectory: stateDirectory)
        stopper = ProcessStopper(finder: finder, clock: clock, supervision: supervision)
        orphans = OrphanedCommands(clock: clock)
    }

    package func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        let order: Order
        switch await self.order(for: process, logger: logger) {
        case .ready(let known): order = known
        case .failed(let reason), .nothingKnown(let reason): return .failed(reason)
        case .refused(let reason): return .refused(reason)
        }
        guard await orphans.end(of: process.name, besides: order.running, logger: logger) else {
            return .failed("cannot stop a command that an earlier daemon has left behind")
        }
        let supervisors = await Supervisors(of: order.running)
        switch await stop(order, of: process, supervisors, logger: logger) {
        case .failed(let reason): return .failed(reason)
        case .interrupted: return .interrupted("interrupted while \(process.name) was being stopped")
        case .startedAgain(let what, let identity): return .restarted(what, Started(identity.identity))
        case .stopped: return await start(order, process, supervisors, logger: logger)
        }
    }

    /// What a restart stops and starts.
    private struct Order {
        /// What bears the name, whosoever it is.
        var found: ProcessSet
        /// What of it is stopped.
        var running: ProcessSet
        /// Whose processes are; nil for all.
        var owner: UInt32?
        var launch: LaunchSpec
        /// The configured user.
        var account: Account?
    }

    private enum Preparation {
        case ready(Order)
        case failed(String)
        case nothingKnown(String)
        case refused(String)
    }

    private func order(for process: MonitoredProcess, logger: Logger) async -> Preparation {
        var account: Account?
        do {
            if let user = process.settings.user { account = try await Account.named(user) }
        } catch {
            return .failed(error.description)
        }
        switch await finder.find(process, logger: logger) {
        case .refused(let reason): return .refused("\(process.name) is not restarted: \(reason)")
        case .found(let running):
            switch await planner.plan(process, running: running, account: account, logger: logger) {
            case .launch(let launch, let owner):
                if running.isEmpty, let command = process.settings.startCommand?.rendered(for: process.name),
                    let pid = await ProcessSearch.current().runs(command, as: launch.credentials?.uid ?? geteuid())
                {
                    return .refused(
                        "\(process.name) is not started: what start_command starts runs already as pid \(pid), under another "
                            + "name: set match or pid_file")
                }
                return .ready(
                    Order(
                        found: running, running: running.owned(by: owner), owner: owner, launch: launch,
                        account: account))
            case .impossible(let reason): return .failed(reason)
            case .nothingKnown(let reason): return .nothingKnown(reason)
            case .denied(let reason): return .refused("\(process.name) is not restarted: \(reason)")
            }
        }
    }

    private func stop(
        _ order: Order, of process: MonitoredProcess, _ supervisors: Supervisors, logger: Logger
    ) async -> ProcessStopper.Outcome {
        if Task.isCancelled { return .interrupted }
        if order.running.isEmpty { return .stopped }
        if let command = process.settings.stopCommand {
            let result = await commands.run(
                Command(
                    command.rendered(for: process.name), limit: process.settings.commandTimeout, name: process.name,
                    account: order.account, workingDirectory: process.settings.workingDirectory, orphans: .kept))
            if result.ending == .cancelled { return .interrupted }
            logger.debug(
                "ran the stop command",
                metadata: ["event": "process.stop_command", "command.ending": "\(result.ending)"])
            if !result.succeeded {
                // Not the end of it: what it has not stopped is stopped next.
                logger.warning(
                    "the stop command failed",
                    metadata: [
                        "event": "process.stop_command_failed", "process.name": "\(process.name)",
                        "error.reason": "\(result.phrase(for: "stop_command"))",
                        "command.output": "\(result.output.summary)",
                    ])
            }
        }
        return await stopper.stop(order.running, of: process, owner: order.owner, supervisors, logger: logger)
    }

    private func start(
        _ order: Order, _ process: MonitoredProcess, _ supervisors: Supervisors, logger: Logger
    ) async -> RestartResult {
        let launch = order.launch
        if Task.isCancelled { return .interrupted("interrupted before \(process.name) was started") }
        let mark = LaunchMark(name: process.name, home: home)
        logger.debug(
            "starts a program",
            metadata: [
                "event": "process.starting", "process.program": "\(launch.executable.escapedForDisplay(limit: 200))",
                "process.uid": "\(launch.credentials.map { "\($0.uid)" } ?? "own")",
            ])
        let result = await launcher.start(launch.marked(mark), for: process.name)
        guard case .restarted(let text, var started) = result else { return result }
        let fresh = await fresh(of: process.name, mark, started)
        if started.identity == nil { started.identity = fresh.roots.first?.identity.identity }
        await remember(fresh, mark, started, process.name, logger)
        if let again = await stopper.ownCopyEnded(fresh, of: process, supervisors, logger: logger) {
            return .restarted(again.text, Started(again.identity.identity))
        }
        if order.running.isEmpty {
            // What has died may be started by a supervisor in a moment, which can't be known from a process that isn't
            // there. It is watched beside the recovery, which that would make longer by seconds.
            Task { [stopper, successors, started] in
                await stopper.watchForSupervisor(beside: fresh, before: order.found, of: process, logger: logger) {
                    other in
                    successors.add(Started(other.identity), after: started)
                }
            }
        }
        return .restarted(text, started)
    }

    private var home: String { records?.stateDirectory ?? "" }

    /// What a start has brought up: what bears its mark, runs in its unit or in its session.
    private func fresh(of name: ProcessName, _ mark: LaunchMark, _ started: Started) async -> ProcessSet {
        let leader: StartedProcess? =
            if case .process(let pid, let time) = started.identity {
                StartedProcess(identity: ProcessIdentity(pid: pid, startTime: time), token: mark.token)
            } else { nil }
        let own = await ProcessSearch.current().started(for: name, by: home, leader, trusting: [])
        return ProcessSet(own.members.filter { $0.mark == nil || $0.mark?.token == mark.token })
    }

    private func remember(
        _ fresh: ProcessSet, _ mark: LaunchMark, _ started: Started, _ name: ProcessName, _ logger: Logger
    ) async {
        if fresh.isEmpty {
            logger.warning(
                "what was started is not found: where it goes on under another name, pid_file or match has to tell it",
                metadata: ["event": "process.not_found", "process.name": "\(name)"])
        }
        guard let records else { return }
        let leader: ProcessIdentity =
            if case .process(let pid, let time) = started.identity { ProcessIdentity(pid: pid, startTime: time) } else {
                fresh.roots.first?.identity ?? ProcessIdentity(pid: getpid(), startTime: 0)
            }
        let error = await BlockingWork.run { () -> SystemError? in
            do throws(SystemError) {
                try records.store(StartedProcess(identity: leader, token: mark.token), for: name)
                return nil
            } catch {
                return error
            }
        }
        guard let error else { return }
        logger.warning(
            "could not record what was started",
            metadata: ["event": "process.not_recorded", "process.name": "\(name)", "error.reason": "\(error)"])
    }

    package func loss(of started: Started) async -> String? {
        let started = successor(of: started) ?? started
        guard case .process(let pid, let startTime) = started.identity else { return nil }
        let identity = ProcessIdentity(pid: pid, startTime: startTime)
        return await BlockingWork.run {
            if let stat = ProcFile(pid: pid).stat(), stat.identity == identity, stat.isAlive { return nil }
            guard let end = EndedPrograms.shared.end(of: identity) else { return "pid \(pid) has ended" }
            return "pid \(pid) \(end)"
        }
    }

    package func diagnosis(of started: Started) async -> String? { await loss(of: started) }
}

extension ProcessStrategy: ProcessControl {
    package func running(_ process: MonitoredProcess, logger: Logger) async -> [Int32] {
        guard case .found(let set) = await finder.find(process, logger: logger) else { return [] }
        // What is another user's is left alone where the process is started as it was.
        let isOwn = process.settings.startCommand == nil
        let owner = isOwn ? await BlockingWork.run { finder.knownOwner(of: process) } : nil
        return set.owned(by: owner).roots.map(\.identity.pid)
    }

    package func plan(for process: MonitoredProcess, logger: Logger) async -> LaunchPlan {
        switch await order(for: process, logger: logger) {
        case .ready: return .ready
        case .refused(let reason): return .impossible(reason)
        case .nothingKnown: return .nothingKnown
        case .failed(let reason): return .impossible(reason)
        }
    }

    package func successor(of started: Started) -> Started? { successors.last(after: started) }
}

/// What has taken the place of what was started: a supervisor's copy, for which the own one was ended.
private final class Successors: Sendable {
    /// More than there are recoveries that could still ask.
    private static let limit = 256
    private let pairs = Mutex<[(before: Started, after: Started)]>([])

    func add(_ successor: Started, after started: Started) {
        pairs.withLock { pairs in
            pairs.append((started, successor))
            pairs.removeFirst(max(0, pairs.count - Self.limit))
        }
    }

    func last(after started: Started) -> Started? {
        guard started.identity != nil else { return nil }
        return pairs.withLock { pairs in pairs.last { $0.before == started }?.after }
    }
}

extension ProcessIdentity {
    /// As the engine keeps it.
    var identity: Started.Identity { .process(pid: pid, startTime: startTime) }
}
