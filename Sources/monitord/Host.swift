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

    /// The strategies and checks for this host.
    func parts(paths: StatePaths, logger: Logger) -> RecoveryParts {
        let protected = ProtectedUnits.ofThisProcess()
        let manager = serviceManager(protected: protected, paths: paths, logger: logger)
        let launcher: any ProcessLauncher =
            // polkit can grant the restart of named units, but only root may start transient ones.
            if let manager, geteuid() == 0 { TransientUnitLauncher(manager: manager) } else { SessionLauncher() }
        let commands = CommandRunner()
        let process = ProcessStrategy(launcher: launcher, commands: commands, stateDirectory: paths.stateDirectory)
        return RecoveryParts(
            strategy: StrategySelector(process: process, manager: manager, protected: protected),
            healthCheck: HealthCheckSelector(commands: commands, manager: manager),
            prepare: { await commands.prepare($0) }, hasExited: DaemonIdentity.hasExited)
    }

    private func serviceManager(
        protected: ProtectedUnits, paths: StatePaths, logger: Logger
    ) -> SystemdServiceManager? {
        guard SystemdServiceManager.isRunning else { return nil }
        return SystemdServiceManager(
            protected: protected, runtimeDirectory: paths.runtimeDirectory, logger: logger)
    }
}
