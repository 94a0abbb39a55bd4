public import Logging

/// Restarts a process that is a service of the host's service manager: its `unit`, or the one of its name.
public struct ServiceStrategy: RestartStrategy {
    private let manager: any ServiceManager

    public init(manager: any ServiceManager) { self.manager = manager }

    public func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        do {
            return await manager.restart(try process.unit)
        } catch {
            return .refused("the unit configured for \(process.name) can't be one: \(error)")
        }
    }
}

extension MonitoredProcess {
    /// The unit to restart.
    var unit: UnitName {
        get throws(InvalidProcessName) {
            guard let configured = settings.unit else { return UnitName(process: name) }
            return try UnitName(configured: configured)
        }
    }
}
