import Logging
import MonitorCore
import Synchronization

/// A strategy that reports each call and answers as a test says: at once, or when the test lets it.
final class ScriptedStrategy: RestartStrategy, Sendable {
    /// The processes in order of the calls.
    let calls: AsyncStream<ProcessName>
    private let continuation: AsyncStream<ProcessName>.Continuation
    private let state = Mutex(State())

    private struct State {
        var answers: [ProcessName: RestartResult] = [:]
        var held: Set<ProcessName> = []
        var counts: [ProcessName: Int] = [:]
        var jobs: [ProcessName: PendingJob] = [:]
    }

    init() { (calls, continuation) = AsyncStream.makeStream() }

    func answer(_ name: String, _ result: RestartResult) throws {
        let name = try ProcessName(name)
        state.withLock { $0.answers[name] = result }
    }

    /// Restarts of this process hang until they are cancelled.
    func hang(_ name: String) throws {
        let name = try ProcessName(name)
        _ = state.withLock { $0.held.insert(name) }
    }

    /// A restart of this process waits for a job of a unit's from now on.
    func waitForJob(_ name: String) throws {
        let process = try ProcessName(name)
        let job = PendingJob(unit: UnitName(process: process), step: "stop-sigterm", duration: .seconds(31))
        state.withLock { $0.jobs[process] = job }
    }

    func pendingJob(of process: MonitoredProcess) -> PendingJob? { state.withLock { $0.jobs[process.name] } }

    func count(_ name: String) throws -> Int {
        let name = try ProcessName(name)
        return state.withLock { $0.counts[name, default: 0] }
    }

    func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        let (answer, hangs) = state.withLock { state in
            state.counts[process.name, default: 0] += 1
            return (state.answers[process.name], state.held.contains(process.name))
        }
        continuation.yield(process.name)
        if hangs {
            try? await ContinuousClock().sleep(for: .seconds(86400))
            return .interrupted("cancelled")
        }
        return answer ?? .restarted("restarted")
    }
}

/// A health check that does something while it looks: the moment between restart and clear.
struct ScriptedHealthCheck: HealthCheck {
    var result = HealthResult.healthy
    var meanwhile: @Sendable (ProcessName) async -> Void = { _ in }

    func check(_ process: MonitoredProcess, limit: Duration) async -> HealthResult {
        await meanwhile(process.name)
        return result
    }
}
