public import MonitorCore

/// The health check of every process: finds out by itself what it knows how to, and runs the command for the rest.
///
/// What is native is decided in one place, by the text of the command: `NativeCheck`.
public struct HealthCheckSelector: HealthCheck {
    private let commands: CommandHealthCheck
    private let manager: (any ServiceManager)?

    /// - Parameter manager: nil on a host without one: `systemctl is-active` then runs as it stands.
    public init(commands: CommandRunner = CommandRunner(), manager: (any ServiceManager)?) {
        self.commands = CommandHealthCheck(commands: commands)
        self.manager = manager
    }

    public func check(_ process: MonitoredProcess, limit: Duration) async -> HealthResult {
        await kind(of: process).check(process, limit: limit)
    }

    private func kind(of process: MonitoredProcess) -> any HealthCheck {
        switch NativeCheck(process.settings.healthCheckCommand.rendered(for: process.name)) {
        case .pgrep(let pattern): return PgrepHealthCheck(pattern: pattern)
        case .unitIsActive(let unit):
            guard let manager else { return commands }
            return UnitHealthCheck(unit: unit, manager: manager)
        case .command: return commands
        }
    }
}
