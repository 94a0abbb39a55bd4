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
        case launch(LaunchSpec)
        /// Nothing can be started; a phrase that says what to configure.
        case impossible(String)
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
                process.settings.startCommand.map { asConfigured(process, $0, account) }
                ?? asItWas(process, running, account, logger)
            guard case .launch(let launch) = plan, let obstacle = launch.credentials?.obstacle ?? launch.obstacle
            else { return plan }
            return .impossible("cannot start \(process.name): \(obstacle)")
        }
    }

    private func asConfigured(_ process: MonitoredProcess, _ command: CommandTemplate, _ account: Account?) -> Plan {
        .launch(
            LaunchSpec(
                shell: command.rendered(for: process.name), name: process.name, account: account,
                workingDirectory: process.settings.workingDirectory))
    }

    private func asItWas(
        _ process: MonitoredProcess, _ running: ProcessSet, _ account: Account?, _ logger: Logger
    ) -> Plan {
        let known: LaunchSpec
        do throws(CaptureError) {
            known = try capture(process.name, running, account, logger)
        } catch {
            guard let recorded = records?.load(process.name, logger: logger),
                Self.isModel(recorded.credentials.map { [$0.uid] } ?? [], for: account)
            else {
                return .impossible("cannot start \(process.name) as it was: \(error); configure start_command")
            }
            known = recorded
        }
        var launch = known
        if let directory = process.settings.workingDirectory { launch.workingDirectory = directory }
        if let account {
            launch.credentials = account.credentials
            launch.environment = launch.environment.map { CommandEnvironment.replacingUser(in: $0, by: account) }
        }
        return .launch(launch)
    }

    /// How what runs was started, recorded for the next time.
    private func capture(
        _ name: ProcessName, _ running: ProcessSet, _ account: Account?, _ logger: Logger
    ) throws(CaptureError) -> LaunchSpec {
        if running.isEmpty { throw CaptureError("it isn't running") }
        let models = running.tops.filter { Self.isModel(Set($0.status.userIDs), for: account) }
        guard let model = models.first else { throw CaptureError("what runs belongs to another user") }
        guard account != nil || Set(models.map(\.status.userIDs)).count == 1 else {
            // Which of them is meant is not for whoever was first to decide.
            throw CaptureError("several users run one of that name")
        }
        if models.count > 1 {
            logger.warning(
                "Several processes of that name run side by side; only the oldest is started again.",
                metadata: ["event": "process.several", "process.name": "\(name)", "process.count": "\(models.count)"])
        }
        let launch = try LaunchSpec(capturing: model)
        record(launch, for: name, logger)
        return launch
    }

    /// Whether a process of these user ids may be the model for what is started as a configured user.
    ///
    /// Anybody can run a program under any name. Started again as the user that it ran as, it can do what it could; as
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
                "How a process was started could not be recorded.",
                metadata: [
                    "event": "process.not_recorded", "process.name": "\(name)", "error.reason": "\(error)",
                ])
        }
    }
}

extension LaunchSpec {
    /// What of the file system is missing for this launch; nil when nothing is.
    fileprivate var obstacle: String? {
        var status = stat()
        guard stat(executable, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(executable, X_OK) == 0 else {
            return "program '\(executable.escapedForDisplay(limit: 60))' is gone or not executable"
        }
        guard let workingDirectory else { return nil }
        guard stat(workingDirectory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            return "directory '\(workingDirectory.escapedForDisplay(limit: 60))' is gone"
        }
        return nil
    }
}
