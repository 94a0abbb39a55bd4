import Logging
import MonitorCore

/// Starts anything, at once.
struct Instant: RestartStrategy, HealthCheck {
    func restart(_ process: MonitoredProcess, logger: Logger) -> RestartResult { .restarted("\(process.name) started") }
    func check(_ process: MonitoredProcess, limit: Duration) -> HealthResult { .healthy }
}

let store = InMemoryStore(processes: [1: "worker"])
let engine = Engine(
    settings: EngineSettings(), store: store,
    parts: RecoveryParts(strategy: Instant(), healthCheck: Instant()),
    identity: DaemonIdentity(host: "example", instance: "example-1", pid: 1, version: "1"),
    logger: Logger(label: "following"))

// Before it runs: what happens earlier is not in it.
let events = engine.events
let running = Task { await engine.run() }
await store.setAlarm([1], note: "the worker has stopped")
engine.pollNow()
for await event in events {
    print(event.kind, event.processName ?? "")
    if event.kind == .recovered { await engine.stop() }
}
await running.value
