import Logging
import MonitorCore

/// What is monitored: anything that can be restarted, and asked how it is.
actor Worker: RestartStrategy, HealthCheck {
    private var isRunning = false

    func restart(_ process: MonitoredProcess, logger: Logger) -> RestartResult {
        isRunning = true
        return .restarted("\(process.name) started")
    }

    func check(_ process: MonitoredProcess, limit: Duration) -> HealthResult {
        isRunning ? .healthy : .unhealthy("\(process.name) does not run")
    }
}

let worker = Worker()
let store = InMemoryStore(processes: [1: "worker"])
let engine = Engine(
    settings: EngineSettings(), store: store,
    parts: RecoveryParts(strategy: worker, healthCheck: worker),
    identity: DaemonIdentity(host: "example", instance: "example-1", pid: 1, version: "1"),
    logger: Logger(label: "embedding"))

await store.setAlarm([1], note: "the worker has stopped")
let recovered = try await engine.runOnce()
for entry in await store.history(of: nil, limit: 10) { print(entry.processName ?? "-", entry.kind, entry.detail) }
print(recovered ? "no alarm is left" : "an alarm is left")
