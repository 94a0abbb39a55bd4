import Logging
import MonitorCore

/// Asks one strategy after another, until one of them has something to restart.
struct FirstThatApplies: RestartStrategy {
    let strategies: [any RestartStrategy]

    func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        for strategy in strategies {
            let result = await strategy.restart(process, logger: logger)
            // Only "not found" says that nothing was touched and that another may try.
            if case .notFound = result { continue }
            return result
        }
        return .notFound("nothing on this host can restart \(process.name)")
    }
}
