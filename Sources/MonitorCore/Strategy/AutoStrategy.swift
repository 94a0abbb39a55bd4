public import Logging

/// Restarts a process as the service that it is, else as a process of its own; never as both.
///
/// | the unit | what is done |
/// | --- | --- |
/// | restarts | that is all |
/// | is masked, or its conditions don't hold | nothing: somebody decided so |
/// | is none of that name | the unit whose main process it is (`mysqld` of `mariadb.service`), else the process |
/// | fails | it is stopped, so that nothing starts it again, then the process, if that can be started |
public struct AutoStrategy: RestartStrategy {
    /// Finds the main processes that run under the name of a process.
    public typealias Finder = @Sendable (_ process: MonitoredProcess, _ logger: Logger) async -> [Int32]

    private let manager: any ServiceManager
    private let protected: ProtectedUnits
    private let service: ServiceStrategy
    private let process: any RestartStrategy
    private let find: Finder

    /// - Parameters:
    ///   - process: restarts what is no service.
    ///   - protected: units of which no process is taken for one's main process: it stays a process.
    ///   - find: finds what runs under the name of a process.
    public init(
        manager: any ServiceManager, process: any RestartStrategy, protected: ProtectedUnits, find: @escaping Finder
    ) {
        self.manager = manager
        self.protected = protected
        service = ServiceStrategy(manager: manager)
        self.process = process
        self.find = find
    }

    public func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        let result = await service.restart(process, logger: logger)
        switch result {
        case .restarted, .refused, .interrupted: return result
        case .failed(let reason):
            return await replace(process.unit, by: process, because: reason, logger: logger)
        case .notFound: return await restartWithoutUnit(process, logger: logger)
        }
    }

    /// The process has no unit of its name, but may be another one's.
    private func restartWithoutUnit(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        let owners: Set<UnitName>
        do throws(ServiceManagerError) {
            owners = try await self.owners(of: await find(process, logger))
        } catch {
            // Killing what a service manager may start again could make two of it.
            return .failed(error.description)
        }
        guard let owner = owners.first else { return await self.process.restart(process, logger: logger) }
        guard owners.count == 1 else {
            let names = owners.map(\.rawValue).sorted().joined(separator: ", ")
            return .refused("\(process.name) runs as several units (\(names)): set unit to one of them")
        }
        logger.info(
            "found the process running as another unit",
            metadata: ["event": "strategy.owner", "process.name": "\(process.name)", "unit.name": "\(owner)"])
        return await manager.restart(owner)
    }

    private func owners(of pids: [Int32]) async throws(ServiceManagerError) -> Set<UnitName> {
        var owners: Set<UnitName> = []
        for pid in pids {
            guard let unit = try await manager.unit(ofMainProcess: pid) else { continue }
            if protected.reason(for: unit.rawValue) == nil { owners.insert(unit) }
        }
        return owners
    }

    /// Starts as a process what could not be started as a unit.
    ///
    /// Only where there is something to start: the unit may still come up by itself (`Restart=`), and would be stopped
    /// for nothing.
    private func replace(
        _ unit: UnitName, by process: MonitoredProcess, because reason: String, logger: Logger
    ) async -> RestartResult {
        if process.settings.startCommand == nil, await find(process, logger).isEmpty { return .failed(reason) }
        logger.warning(
            "the unit could not be restarted: stopping it, to restart the process instead",
            metadata: [
                "event": "strategy.fallback", "process.name": "\(process.name)", "unit.name": "\(unit)",
                "error.reason": "\(reason)",
            ])
        do throws(ServiceManagerError) {
            try await manager.stop(unit)
        } catch {
            return .failed("\(reason); \(error)")
        }
        if Task.isCancelled { return .interrupted("interrupted between unit \(unit) and the process") }
        switch await self.process.restart(process, logger: logger) {
        case .failed(let second): return .failed("\(reason); then \(second)")
        case .restarted(let text): return .restarted("\(text), in place of unit \(unit)")
        case let other: return other
        }
    }
}
