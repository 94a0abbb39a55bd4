import Glibc
import Logging
import MonitorConfig
import MonitorCore
import MonitorLinux
import MonitorSystemd

/// What this host offers: systemd, or not.
struct Host {
    let environment: ServiceEnvironment
    let notifier: ServiceNotifier

    /// To be made first thing: it takes out of the environment what no command may inherit.
    init() {
        environment = ServiceEnvironment.take()
        notifier = ServiceNotifier(environment)
    }

    /// What recoveries and checks are made of on this host.
    struct Parts {
        private let base: RecoveryParts
        let checks: CheckParts

        fileprivate init(_ base: RecoveryParts, checks: CheckParts) {
            self.base = base
            self.checks = checks
        }

        /// What a recovery needs, where the checks have to pass too.
        func recovery(asking runner: CheckRunner<ContinuousClock>) -> RecoveryParts {
            var parts = base
            parts.healthCheck = CheckedHealth(base.healthCheck, and: runner)
            parts.observer = runner.observer
            return parts
        }
    }

    /// The strategies and checks for this host.
    func parts(paths: StatePaths, logger: Logger) -> Parts {
        let protected = ProtectedUnits.ofThisProcess()
        let manager = serviceManager(protected: protected, paths: paths, logger: logger)
        let launcher: any ProcessLauncher =
            // polkit can grant the restart of named units, but only root may start transient ones.
            if let manager, geteuid() == 0 { TransientUnitLauncher(manager: manager) } else { SessionLauncher() }
        let commands = CommandRunner()
        let process = ProcessStrategy(launcher: launcher, commands: commands, stateDirectory: paths.stateDirectory)
        let recovery = RecoveryParts(
            strategy: StrategySelector(process: process, manager: manager, protected: protected),
            healthCheck: HealthCheckSelector(
                commands: commands, manager: manager, stateDirectory: paths.stateDirectory, logger: logger),
            prepare: { await commands.prepare($0) }, hasExited: DaemonIdentity.hasExited)
        let kinds = LinuxChecks(
            commands: commands, manager: manager, stateDirectory: paths.stateDirectory, logger: logger)
        return Parts(recovery, checks: .init(kinds, manager: manager, recovery: recovery))
    }

    private func serviceManager(
        protected: ProtectedUnits, paths: StatePaths, logger: Logger
    ) -> SystemdServiceManager? {
        guard SystemdServiceManager.isRunning else { return nil }
        return SystemdServiceManager(
            protected: protected, runtimeDirectory: paths.runtimeDirectory, logger: logger)
    }
}
