import MonitorCore

/// What this host offers: systemd or not.
struct Host {
    let notifier = NoNotifier()
    let manager: (any ServiceManager)? = nil

    /// The strategies and checks for this host.
    func parts(stateDirectory: String) -> RecoveryParts {
        let commands = CommandRunner()
        let process = ProcessStrategy(
            launcher: SessionLauncher(), commands: commands, stateDirectory: stateDirectory)
        return RecoveryParts(
            strategy: process, healthCheck: HealthCheckSelector(commands: commands, manager: manager),
            prepare: { process in
                guard let template = process.settings.preRestartCommand else { return nil }
                let command = Command(
                    template.rendered(for: process.name), limit: process.settings.commandTimeout, name: process.name)
                let result = await commands.run(command)
                return result.succeeded ? nil : result.phrase(for: "pre_restart_command")
            })
    }
}

struct NoNotifier {
    func ready() {}
    func status(_ text: String) {}
    func stopping() {}
    func reloading() {}
    func keepAlive() {}
    var watchdogInterval: Duration? { nil }
}
