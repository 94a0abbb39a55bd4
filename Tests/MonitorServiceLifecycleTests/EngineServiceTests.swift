import Logging
import MonitorCore
import MonitorServiceLifecycle
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

/// Restarts nothing until it is told to, and says when it is asked.
private final class SlowStrategy: RestartStrategy, HealthCheck {
    let asked = AsyncStream.makeStream(of: Void.self)
    let answers = AsyncStream.makeStream(of: Void.self)

    func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        asked.continuation.yield()
        for await _ in answers.stream { return .restarted("restarted") }
        return .interrupted("cancelled")
    }

    func check(_ process: MonitoredProcess, limit: Duration) -> HealthResult { .healthy }
}

/// A watch that sees one alarm, and says when it ends.
private struct OneChange: AlarmWatch {
    let ended: AsyncStream<Void>.Continuation

    func run(_ pollNow: @escaping @Sendable () -> Void) async {
        pollNow()
        try? await Task.sleep(for: .seconds(3600))
        ended.finish()
    }
}

@Suite(.timeLimit(.minutes(1))) struct EngineServiceTests {
    private let clock = TestClock()
    private let strategy = SlowStrategy()
    private let store = InMemoryStore(processes: [1: "web"])
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func engine() -> Engine<TestClock> {
        var settings = EngineSettings()
        settings.processDefaults.stableFor = .zero
        return Engine(
            settings: settings, store: store, parts: RecoveryParts(strategy: strategy, healthCheck: strategy),
            identity: DaemonIdentity(host: "here", instance: "here-1", pid: 1, version: "1"), logger: logger,
            options: EngineOptions(clock: clock))
    }

    @Test func `a graceful shutdown lets a recovery end, and writes it`() async throws {
        let engine = engine()
        let events = engine.events
        await store.setAlarm([1], note: "down")
        let group = ServiceGroup(services: [EngineService(engine)], logger: logger)
        let running = Task { try await group.run() }
        for await _ in strategy.asked.stream { break }
        await group.triggerGracefulShutdown()
        strategy.answers.continuation.yield()
        try await running.value
        var kinds: [Event.Kind] = []
        for await event in events { kinds.append(event.kind) }
        #expect(kinds == [.daemonStarted, .recoveryStarted, .recovered, .daemonStopped])
        #expect(await store.poll().isEmpty)
    }

    @Test func `a recovery that does not end is cut off, and its alarm stands`() async throws {
        await store.setAlarm([1], note: "down")
        let group = ServiceGroup(services: [EngineService(engine())], logger: logger)
        let running = Task { try await group.run() }
        for await _ in strategy.asked.stream { break }
        await group.triggerGracefulShutdown()
        // The grace of the engine, on its own clock.
        let moving = Task {
            while !Task.isCancelled {
                clock.advance(by: .seconds(1))
                await Task.yield()
            }
        }
        try await running.value
        moving.cancel()
        #expect(await store.poll().map(\.processID) == [1])
        #expect(await store.history(of: nil, limit: 1).map(\.kind) == [.interrupted])
    }

    @Test func `the watch runs beside the engine, and ends with it`() async throws {
        let ended = AsyncStream.makeStream(of: Void.self)
        let group = ServiceGroup(
            services: [EngineService(engine(), watch: OneChange(ended: ended.continuation))], logger: logger)
        let running = Task { try await group.run() }
        await clock.waitForSleepers(1)
        await group.triggerGracefulShutdown()
        try await running.value
        for await _ in ended.stream {}
    }
}
