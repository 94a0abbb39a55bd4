package import Logging

/// Restarts a process that is a service of the host's service manager: its `unit`, or the one of its name.
package struct ServiceStrategy: RestartStrategy {
    private let manager: any ServiceManager

    package init(manager: any ServiceManager) { self.manager = manager }

    package func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        await manager.restart(RestartOrder(process.unit, for: process))
    }

    package func prepare(_ process: MonitoredProcess) async { await manager.prepare(process.unit) }

    package func loss(of started: Started) async -> String? {
        guard case .unit(let unit, let invocation) = started.identity else { return nil }
        return await manager.loss(of: unit, invocation: invocation)
    }

    package func diagnosis(of started: Started) async -> String? {
        guard case .unit(let unit, let invocation) = started.identity else { return nil }
        return await manager.diagnosis(of: unit, invocation: invocation)
    }

    package func pendingJob(of process: MonitoredProcess) -> PendingJob? {
        manager.pendingJob(for: process.name)
    }
}

extension MonitoredProcess {
    /// The unit to restart.
    var unit: UnitName { settings.unit ?? UnitName(process: name) }
}
