import Logging
import MonitorCore
import MonitorMetrics
import MonitorServiceLifecycle
import ServiceLifecycle

/// Starts anything, at once.
struct Instant: RestartStrategy, HealthCheck {
    func restart(_ process: MonitoredProcess, logger: Logger) -> RestartResult { .restarted("\(process.name) started") }
    func check(_ process: MonitoredProcess, limit: Duration) -> HealthResult { .healthy }
}

let logger = Logger(label: "serving")
let store = InMemoryStore(processes: [1: "worker"])
let engine = Engine(
    settings: EngineSettings(), store: MeteredStore(store),
    parts: RecoveryParts(strategy: Instant(), healthCheck: Instant()),
    identity: DaemonIdentity(host: "example", instance: "example-1", pid: 1, version: "1"), logger: logger)
let group = ServiceGroup(
    services: [EngineService(engine)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)

let events = engine.events
await store.setAlarm([1], note: "the worker has stopped")
async let served: Void = group.run()
// Ends when the engine has ended.
for await event in events { print(event.kind, event.processName ?? "") }
try await served
