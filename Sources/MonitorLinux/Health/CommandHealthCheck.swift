public import MonitorCore

/// Runs `health_check_command`: exit code 0 means healthy.
///
/// Whatever the command leaves behind is killed, also when it passes.
public struct CommandHealthCheck: HealthCheck {
    private let commands: CommandRunner

    public init(commands: CommandRunner = CommandRunner()) {
        self.commands = commands
    }

    public func check(_ process: MonitoredProcess, limit: Duration) async -> HealthResult {
        let text = process.settings.healthCheckCommand.rendered(for: process.name)
        let result = await commands.run(Command(text, limit: limit, name: process.name))
        if result.succeeded { return .healthy }
        return .unhealthy(result.phrase(for: text.escapedForDisplay(limit: 40)))
    }
}
