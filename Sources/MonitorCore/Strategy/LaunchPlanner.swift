internal import Glibc
internal import Logging

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
        let settings = process.settings
        if let command = settings.startCommand {
            let text = command.rendered(for: process.name)
            return check(
                LaunchSpec(
                    shell: text, name: process.name, account: account, workingDirectory: settings.workingDirectory),
                for: process.name)
        }
        return await BlockingWork.run {
            let known = asItWas(process.name, running, account, logger)
            guard case .launch(var launch) = known else { return known }
            if let directory = settings.workingDirectory { launch.workingDirectory = directory }
            if let account {
                launch.credentials = account.credentials
                launch.environment = launch.environment.map { CommandEnvironment.replacingUser(in: $0, by: account) }
            }
            return check(launch, for: process.name)
        }
    }

    /// What runs, or else ran, recorded for the next time.
    private func asItWas(_ name: ProcessName, _ running: ProcessSet, _ account: Account?, _ logger: Logger) -> Plan {
        var obstacle = "it isn't running"
        let models = running.tops.filter { isModel($0, for: account) }
        if models.isEmpty, !running.isEmpty { obstacle = "what runs belongs to another user" }
        if models.count > 1 {
            logger.warning(
                "Several processes of that name run side by side; only the oldest is started again.",
                metadata: ["event": "process.several", "process.name": "\(name)", "process.count": "\(models.count)"])
        }
        if let model = models.first {
            do throws(CaptureError) {
                let launch = try LaunchSpec(capturing: model)
                record(launch, for: name, logger)
                return .launch(launch)
            } catch {
                obstacle = error.description
            }
        }
        if let recorded = records?.load(name, logger: logger) { return .launch(recorded) }
        return .impossible("cannot start \(name) as it was: \(obstacle); configure start_command")
    }

    /// Whether a process may be the model for what is started as a configured user.
    ///
    /// Anybody can run a program under any name. Started again as the user that it ran as, it can do what it could; as
    /// another user it could do more.
    private func isModel(_ entry: ProcessEntry, for account: Account?) -> Bool {
        guard let account else { return true }
        return Set(entry.status.userIDs).isSubset(of: [0, account.credentials.uid])
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

    private func check(_ launch: LaunchSpec, for name: ProcessName) -> Plan {
        guard let obstacle = launch.credentials?.obstacle ?? launch.obstacle else { return .launch(launch) }
        return .impossible("cannot start \(name): \(obstacle)")
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
