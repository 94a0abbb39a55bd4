package import Logging

/// The restart strategy of every process: the one that is configured for it, and none for what is protected.
///
/// This is the one place that refuses by ``ProtectedUnits``, for all strategies alike.
package struct StrategySelector: RestartStrategy {
    private let protected: ProtectedUnits
    private let process: any ProcessControl
    private let services: (service: ServiceStrategy, auto: AutoStrategy, owners: OwnerStrategy)?

    /// - Parameters:
    ///   - process: what `process` means, and `auto` where there is no service.
    ///   - manager: nil on a host without one, where `auto` is `process`.
    package init(process: any ProcessControl, manager: (any ServiceManager)?, protected: ProtectedUnits) {
        self.protected = protected
        self.process = process
        services = manager.map {
            (
                ServiceStrategy(manager: $0), AutoStrategy(manager: $0, process: process, protected: protected),
                OwnerStrategy(manager: $0, process: process, protected: protected)
            )
        }
    }

    package func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        if let reason = protection(of: process) { return .refused(reason) }
        logger.debug("restarts a process", metadata: ["restart.strategy": "\(process.settings.strategy)"])
        guard let services else {
            return process.settings.strategy == .service
                ? .refused("no systemd runs here: restart_strategy = service can't work")
                : await self.process.restart(process, logger: logger)
        }
        return switch process.settings.strategy {
        case .process: await services.owners.restart(process, logger: logger)
        case .auto: await services.auto.restart(process, logger: logger)
        case .service: await services.service.restart(process, logger: logger)
        }
    }

    package func prepare(_ process: MonitoredProcess) async {
        guard process.settings.strategy != .process, protection(of: process) == nil else { return }
        await services?.service.prepare(process)
    }

    package func loss(of started: Started) async -> String? {
        let started = process.successor(of: started) ?? started
        return switch started.identity {
        case .unit: await services?.service.loss(of: started)
        case .process: await process.loss(of: started)
        case nil: nil
        }
    }

    package func diagnosis(of started: Started) async -> String? {
        let started = process.successor(of: started) ?? started
        return switch started.identity {
        case .unit: await services?.service.diagnosis(of: started)
        case .process: await process.diagnosis(of: started)
        case nil: nil
        }
    }

    package func pendingJob(of process: MonitoredProcess) -> PendingJob? {
        services?.service.pendingJob(of: process)
    }

    private func protection(of process: MonitoredProcess) -> String? {
        for name in [process.name.rawValue, process.settings.unit?.rawValue].compactMap(\.self) {
            if let reason = protected.reason(for: name) { return "\(process.name) is protected: \(reason)" }
        }
        return nil
    }
}
