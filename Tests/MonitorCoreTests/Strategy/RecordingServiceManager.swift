import Logging
import MonitorCore
import Synchronization

/// A service manager that answers as told, and keeps what it was asked to do.
final class RecordingServiceManager: ServiceManager {
    private let results: [String: RestartResult]
    private let states: [String: UnitState]
    private let stopError: String?
    private let owners: [Int32: String]
    private let children: [Int32: String]
    private let atWork: [UnitName: [[String]]]
    private let record = Mutex<[String]>([])
    private let recordedOrders = Mutex<[RestartOrder]>([])

    /// - Parameters:
    ///   - results: what atWork a unit comes to; any other is not found.
    ///   - states: how units are; one whose restart fails has failed, any other isn't there.
    ///   - stopError: why no unit can be stopped.
    ///   - owners: the units of main processes.
    ///   - children: the units of processes that are no main process.
    ///   - atWork: the units that run their commands, or are about to.
    init(
        _ results: [String: RestartResult] = [:], states: [String: UnitState] = [:], stopError: String? = nil,
        owners: [Int32: String] = [:], children: [Int32: String] = [:], atWork: [UnitName: [[String]]] = [:]
    ) {
        self.atWork = atWork
        self.results = results
        self.states = states
        self.stopError = stopError
        self.owners = owners
        self.children = children
    }

    /// What was done to units.
    var calls: [String] { record.withLock { $0 } }
    var orders: [RestartOrder] { recordedOrders.withLock { $0 } }

    func prepare(_ unit: UnitName) async { record.withLock { $0.append("prepare \(unit)") } }

    func restart(_ order: RestartOrder) async -> RestartResult {
        record.withLock { $0.append("restart \(order.unit)") }
        recordedOrders.withLock { $0.append(order) }
        return results[order.unit.rawValue] ?? .notFound("there is no unit \(order.unit)")
    }

    func stop(_ unit: UnitName, for process: ProcessName) async throws(ServiceManagerError) {
        record.withLock { $0.append("stop \(unit)") }
        if let stopError { throw ServiceManagerError(stopError) }
    }

    func owner(of pid: Int32) async throws(ServiceManagerError) -> UnitOwner? {
        guard let owner = owners[pid] ?? children[pid] else { return nil }
        guard let unit = try? UnitName(configured: owner) else { throw ServiceManagerError("cannot say") }
        return UnitOwner(unit, isMainProcess: owners[pid] != nil)
    }

    func state(of unit: UnitName) async throws(ServiceManagerError) -> UnitState {
        if let state = states[unit.rawValue] { return state }
        if case .failed = results[unit.rawValue] { return UnitState(unit, active: "failed", sub: "failed") }
        return UnitState(unit, load: "not-found", active: "inactive", sub: "dead")
    }

    func servicesAtWork() async throws(ServiceManagerError) -> [UnitName: [[String]]] { atWork }

    func pendingJob(for process: ProcessName) -> PendingJob? { nil }

    func loss(of unit: UnitName, invocation: [UInt8]) async -> String? { "\(unit) \(invocation) is lost" }

    func diagnosis(of unit: UnitName, invocation: [UInt8]) async -> String? { "\(unit) \(invocation) ails" }
}

/// A strategy for processes that answers as told, and counts how often it was asked.
final class RecordingStrategy: ProcessControl {
    private let result: RestartResult
    private let pids: [Int32]
    private let plan: LaunchPlan
    private let record = Mutex(0)

    init(
        _ result: RestartResult = .restarted("started the process"), running pids: [Int32] = [],
        plan: LaunchPlan = .ready
    ) {
        self.result = result
        self.pids = pids
        self.plan = plan
    }

    var calls: Int { record.withLock { $0 } }

    func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        record.withLock { $0 += 1 }
        return result
    }

    func running(_ process: MonitoredProcess, logger: Logger) async -> [Int32] { pids }

    func plan(for process: MonitoredProcess, logger: Logger) async -> LaunchPlan { plan }

    func loss(of started: Started) async -> String? { "the process is lost" }
}
