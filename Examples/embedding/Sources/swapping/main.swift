import Logging
import MonitorCore

/// Restarts nothing: there is no such thing here.
struct Absent: RestartStrategy {
    func restart(_ process: MonitoredProcess, logger: Logger) -> RestartResult {
        .notFound("no unit \(UnitName(process: process.name))")
    }
}

/// Starts anything, at once.
struct Instant: RestartStrategy, HealthCheck {
    func restart(_ process: MonitoredProcess, logger: Logger) -> RestartResult { .restarted("\(process.name) started") }
    func check(_ process: MonitoredProcess, limit: Duration) -> HealthResult { .healthy }
}

let memory = InMemoryStore(processes: [1: "worker"])
let engine = Engine(
    settings: EngineSettings(),
    store: AnnouncingStore(base: memory) { print("\($0.processName): \($0.outcome.map { "\($0)" } ?? "told")") },
    parts: RecoveryParts(strategy: FirstThatApplies(strategies: [Absent(), Instant()]), healthCheck: Instant()),
    identity: DaemonIdentity(host: "example", instance: "example-1", pid: 1, version: "1"),
    logger: Logger(label: "swapping"))

await memory.setAlarm([1], note: "the worker has stopped")
print(try await engine.runOnce() ? "no alarm is left" : "an alarm is left")
