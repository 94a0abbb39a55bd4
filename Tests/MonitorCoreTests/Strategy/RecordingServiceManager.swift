import Logging
import MonitorCore
import Synchronization

/// A service manager that answers as told, and keeps what it was asked to do.
final class RecordingServiceManager: ServiceManager {
    private let results: [String: RestartResult]
    private let stopError: String?
    private let owners: [Int32: String]
    private let record = Mutex<[String]>([])

    /// - Parameters:
    ///   - results: what restarting a unit comes to; any other is not found.
    ///   - stopError: why no unit can be stopped.
    ///   - owners: the units of main processes.
    init(_ results: [String: RestartResult] = [:], stopError: String? = nil, owners: [Int32: String] = [:]) {
        self.results = results
        self.stopError = stopError
        self.owners = owners
    }

    var calls: [String] { record.withLock { $0 } }

    func restart(_ unit: UnitName) async -> RestartResult {
        record.withLock { $0.append("restart \(unit)") }
        return results[unit.rawValue] ?? .notFound("there is no unit \(unit)")
    }

    func stop(_ unit: UnitName) async throws(ServiceManagerError) {
        record.withLock { $0.append("stop \(unit)") }
        if let stopError { throw ServiceManagerError(stopError) }
    }

    func unit(ofMainProcess pid: Int32) async throws(ServiceManagerError) -> UnitName? {
        guard let owner = owners[pid] else { return nil }
        guard let unit = try? UnitName(configured: owner) else { throw ServiceManagerError("cannot say") }
        return unit
    }

    func activeState(of unit: UnitName) async throws(ServiceManagerError) -> String { "active" }
}

/// A strategy that answers as told, and counts how often it was asked.
final class RecordingStrategy: RestartStrategy {
    private let result: RestartResult
    private let record = Mutex(0)

    init(_ result: RestartResult = .restarted("started the process")) { self.result = result }

    var calls: Int { record.withLock { $0 } }

    func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        record.withLock { $0 += 1 }
        return result
    }
}
