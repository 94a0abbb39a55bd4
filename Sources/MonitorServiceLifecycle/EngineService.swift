public import MonitorCore
public import ServiceLifecycle

/// An engine as a service of a `ServiceGroup`, with the watch that makes it poll, where there is one.
///
/// ```swift
/// let group = ServiceGroup(
///     services: [EngineService(engine)], gracefulShutdownSignals: [.sigterm], logger: logger)
/// try await group.run()
/// ```
///
/// When the group shuts down gracefully, no further recovery begins; those under way get a moment to end, then are cut
/// off, and all outcomes are written. So the engine's database is to be a service before it, which the group ends later.
public struct EngineService<C: Clock<Duration>>: Service {
    private let engine: Engine<C>
    private let watch: (any AlarmWatch)?

    /// - Parameter watch: runs as long as the engine does.
    public init(_ engine: Engine<C>, watch: (any AlarmWatch)? = nil) {
        self.engine = engine
        self.watch = watch
    }

    /// Works until the group shuts down gracefully, ``Engine/stop()`` is called, or the task is cancelled; throws nothing.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            if let watch { group.addTask { [engine] in await watch.run { engine.pollNow() } } }
            await withGracefulShutdownHandler {
                await engine.run()
            } onGracefulShutdown: {
                // The group calls this outside of any task, and does not wait: `run` returns when the engine has ended.
                Task { await engine.stop() }
            }
            group.cancelAll()
        }
    }
}
