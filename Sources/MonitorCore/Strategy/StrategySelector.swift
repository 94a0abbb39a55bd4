public import Logging

/// The restart strategy of every process: the one that is configured for it, and none for what is protected.
///
/// This is the one place that refuses by ``ProtectedUnits``, for all strategies alike.
public struct StrategySelector: RestartStrategy {
    private let protected: ProtectedUnits
    private let process: any RestartStrategy
    private let services: (service: ServiceStrategy, auto: AutoStrategy)?

    /// - Parameters:
    ///   - process: what `process` means, and `auto` where there is no service.
    ///   - manager: nil on a host without one, where `auto` is `process`.
    ///   - find: finds what runs under the name of a process.
    public init(
        process: any RestartStrategy, manager: (any ServiceManager)?, protected: ProtectedUnits,
        find: @escaping AutoStrategy.Finder
    ) {
        self.protected = protected
        self.process = process
        services = manager.map {
            (
                ServiceStrategy(manager: $0),
                AutoStrategy(manager: $0, process: process, protected: protected, find: find)
            )
        }
    }

    public func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        for name in [process.name.rawValue, process.settings.unit?.rawValue].compactMap(\.self) {
            if let reason = protected.reason(for: name) { return .refused("\(process.name) is protected: \(reason)") }
        }
        return switch process.settings.strategy {
        case .process: await self.process.restart(process, logger: logger)
        case .auto: await (services?.auto ?? self.process).restart(process, logger: logger)
        case .service:
            await services?.service.restart(process, logger: logger)
                ?? .refused("no systemd runs here: restart_strategy = service can't work")
        }
    }
}
