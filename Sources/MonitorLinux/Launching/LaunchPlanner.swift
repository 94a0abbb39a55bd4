internal import Glibc
internal import Logging
internal import MonitorCore
internal import MonitorIO

/// Decides what is started for a process, before anything of it is stopped.
///
/// In this order: `start_command`; the running process as it was itself started; the process as it was when it was
/// last restarted. The name in the table is none of these: it is never run.
struct LaunchPlanner: Sendable {
    enum Plan: Sendable, Equatable {
        /// What to start, and whose processes are stopped before: nil for all that were found.
        case launch(LaunchSpec, owner: UInt32?)
        /// Nothing can be started; a phrase that says what to configure.
        case impossible(String)
        /// None runs, and none was ever started; a phrase that says what to configure.
        case nothingKnown(String)
        /// It can't be told which process is meant; a phrase that says what to configure.
        case denied(String)
    }

    /// nil keeps nothing: for hosts where the daemon may write nowhere.
    let records: LaunchRecords?

    /// - Parameters:
    ///   - running: what runs under the name now.
    ///   - account: the user that is configured for the process.
    func plan(
        _ process: MonitoredProcess, running: ProcessSet, account: Account?, logger: Logger
    ) async -> Plan {
        await BlockingWork.run {
            let plan =
                process.settings.startCommand.map { asConfigured(process, $0, running, account) }
                ?? captured(process, running, account, logger)
            logger.debug("planned a launch", metadata: ["event": "process.planned", "process.plan": "\(plan.summary)"])
            guard case .launch(let launch, _) = plan, let denial = launch.denial else { return plan }
            return .impossible("cannot start \(process.name): \(denial)")
        }
    }

    private func asConfigured(
        _ process: MonitoredProcess, _ command: CommandTemplate, _ running: ProcessSet, _ account: Account?
    ) -> Plan {
        // An operator who says with match or pid_file what the process is has seen them; what was started by that command before, it starts again.
        let isTold = process.settings.match != nil || process.settings.pidFile != nil
        let home = records?.stateDirectory ?? ""
        let others = running.roots.filter {
            ($0.mark?.name, $0.mark?.home) != (process.name, home) && !$0.isInUnit(startedFor: process.name)
        }
        if !isTold, let denial = Self.severalInstances(others, mayCopy: true) { return .denied(denial) }
        return .launch(
            LaunchSpec(
                shell: command.rendered(for: process.name), name: process.name, account: account,
                workingDirectory: process.settings.workingDirectory), owner: nil)
    }

    private func captured(
        _ process: MonitoredProcess, _ running: ProcessSet, _ account: Account?, _ logger: Logger
    ) -> Plan {
        let recorded = records?.load(process.name, logger: logger)
        let owner = account?.credentials.uid ?? recorded?.credentials?.uid
        let own = running.owned(by: owner)
        if own.members.count < running.members.count {
            logger.warning(
                "passes over processes of the name that belong to another user",
                metadata: [
                    "event": "process.another_users", "process.name": "\(process.name)",
                    "process.count": "\(running.members.count - own.members.count)",
                ])
        }
        if let denial = Self.severalInstances(own.roots, mayCopy: false) { return .denied(denial) }
        let known: LaunchSpec
        do throws(CaptureError) {
            known = try capture(process, own, all: running, recorded, logger)
        } catch {
            guard let recorded, !error.isFinal, Self.isModel(recorded.credentials.map { [$0.uid] } ?? [], for: account)
            else {
                let reason = "cannot start \(process.name) as it was: \(error); configure start_command"
                return running.isEmpty && recorded == nil ? .nothingKnown(reason) : .impossible(reason)
            }
            logger.debug("starts what was recorded", metadata: ["error.reason": "\(error)"])
            known = recorded
        }
        var launch = known
        if let directory = process.settings.workingDirectory { launch.workingDirectory = directory }
        if let account {
            launch.credentials = account.credentials
            launch.environment = launch.environment.map { CommandEnvironment.replacingUser(in: $0, by: account) }
        }
        return .launch(launch, owner: owner)
    }

    /// How what runs was started, recorded for the next time.
    private func capture(
        _ process: MonitoredProcess, _ own: ProcessSet, all running: ProcessSet, _ recorded: LaunchSpec?,
        _ logger: Logger
    ) throws(CaptureError) -> LaunchSpec {
        guard let model = own.roots.first else {
            throw CaptureError(running.isEmpty ? "it isn't running" : "what runs belongs to another user")
        }
        guard Set(own.roots.map(\.status.userIDs)).count == 1 else {
            // Which of them is meant is not for the first to decide.
            throw CaptureError("several users run one of that name")
        }
        let launch = try LaunchSpec(capturing: model)
        // A text in the command line finds other programs too.
        if let recorded, process.settings.match != nil, !Self.isSameProgram(launch, recorded) { return recorded }
        // What root has started is not to become another user's, also if one runs under the name now.
        if recorded?.credentials?.uid != 0 || launch.credentials?.uid == 0 { record(launch, for: process.name, logger) }
        return launch
    }

    /// Why none of several processes of a name can be restarted; nil for one, or for copies of one.
    ///
    /// Those of one session that were called alike are a server's workers that have lost their server, and are started again by starting one.
    ///
    /// - Parameter mayCopy: those that were called alike are copies of one, wherever they come from.
    private static func severalInstances(_ roots: [ProcessEntry], mayCopy: Bool) -> String? {
        guard let first = roots.first, Set(roots.map(\.status.userIDs)).count == 1 else { return nil }
        let others = roots.dropFirst().filter {
            $0.arguments != first.arguments || !mayCopy && $0.stat.session != first.stat.session
        }
        guard let other = others.first else { return nil }
        return "\(others.count + 1) instances of it run side by side (pids \(first.identity), \(other.identity)): "
            + "set match to what only one of them has in its command line"
    }

    private static func isSameProgram(_ launch: LaunchSpec, _ other: LaunchSpec) -> Bool {
        Array(launch.executable.utf8).lastPathComponent == Array(other.executable.utf8).lastPathComponent
            || launch.arguments == other.arguments
    }

    /// Whether a process of these user ids may be the model for what is started as a configured user.
    ///
    /// Any user can run a program under any name. Started again as the user that it ran as, it can do what it could; as
    /// another user it could do more.
    private static func isModel(_ userIDs: Set<UInt32>, for account: Account?) -> Bool {
        guard let account else { return true }
        return userIDs.isSubset(of: [0, account.credentials.uid])
    }

    private func record(_ launch: LaunchSpec, for name: ProcessName, _ logger: Logger) {
        guard let records else { return }
        do throws(SystemError) {
            try records.store(launch, for: name)
        } catch {
            // Without the record a crash between stop and start would cost the process; without the restart its
            // alarm would.
            logger.warning(
                "could not record how a process was started",
                metadata: [
                    "event": "process.not_recorded", "process.name": "\(name)", "error.reason": "\(error)",
                ])
        }
    }
}

extension LaunchPlanner.Plan {
    fileprivate var summary: String {
        switch self {
        case .launch(let launch, _): "start \(launch.executable.escapedForDisplay(limit: 200))"
        case .impossible(let reason), .nothingKnown(let reason), .denied(let reason): reason
        }
    }
}
