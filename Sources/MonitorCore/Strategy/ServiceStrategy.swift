public import Logging

/// Restarts a process that is a service of the host's service manager: its `unit`, or the one of its name.
public struct ServiceStrategy: RestartStrategy {
    private let manager: any ServiceManager

    public init(manager: any ServiceManager) { self.manager = manager }

    public func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        await manager.restart(process.unit)
    }
}

extension MonitoredProcess {
    /// The unit to restart.
    var unit: UnitName { settings.unit ?? UnitName(process: name) }
}
