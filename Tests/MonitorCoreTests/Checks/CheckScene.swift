import Logging
import Synchronization
import TestSupport
import Testing

@testable import MonitorCore

/// A runner with checks that answer as a test says, about the processes of a store in memory: `web` and `mail`.
final class CheckScene: Sendable {
    let clock = TestClock()
    let store: InMemoryStore
    let checks: [String: ScriptedCheck]
    let runner: CheckRunner<TestClock>
    private let notices: [String: (stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation)]

    static let start = Timestamp(milliseconds: 1_700_000_000_000)

    /// - Parameter configure: adds to the checks, and may change the parts.
    init(
        _ specs: [CheckSpec], store: InMemoryStore? = nil, settings: EngineSettings = EngineSettings(),
        refusal: Refusal? = nil,
        configure: (inout CheckParts) -> Void = { _ in }
    ) {
        let clock = clock
        let store =
            store ?? InMemoryStore(processes: [1: "web", 2: "mail"], now: { CheckScene.start + clock.now.offset })
        let checks = Dictionary(uniqueKeysWithValues: specs.map { ($0.name.rawValue, ScriptedCheck()) })
        let notices = checks.mapValues { _ in AsyncStream<Void>.makeStream() }
        var parts = CheckParts { spec, _ in
            checks[spec.name.rawValue] ?? ScriptedCheck()
        } watch: { spec, _ in
            spec.kind.isToldByEvents ? notices[spec.name.rawValue]?.stream : nil
        }
        configure(&parts)
        var settings = settings
        settings.checks = specs
        (self.store, self.checks, self.notices) = (store, checks, notices)
        let polled = PollCount()
        runner = CheckRunner(
            settings: settings, parts: parts,
            store: refusal.map { StubbornStore(store, $0) } ?? store as any ControlStore, clock: clock,
            now: { CheckScene.start + clock.now.offset }, wallClock: { CheckScene.start + clock.now.offset },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), pollNow: { polled.add() })
        self.polled = polled
    }

    private let polled: PollCount
    var pollCount: Int { polled.value }

    /// Runs the runner as long as a body lasts.
    func whileRunning(_ body: () async throws -> Void) async throws {
        let running = Task { await runner.run() }
        do {
            try await body()
        } catch {
            running.cancel()
            await running.value
            throw error
        }
        running.cancel()
        await running.value
    }

    /// Says that the answer of a check may have changed.
    func notice(_ name: String) { notices[name]?.continuation.yield() }

    /// Lets time pass until a check was asked so many times more.
    func rounds(_ count: Int = 1, of name: String) async throws {
        let check = try #require(checks[name])
        let before = check.count
        while check.count < before + count {
            clock.advance(by: .milliseconds(500))
            for _ in 0..<20 { await Task.yield() }
        }
    }

    /// Waits until something is so, and lets time pass meanwhile.
    func eventually(_ condition: () async -> Bool) async {
        while await !condition() {
            clock.advance(by: .milliseconds(500))
            for _ in 0..<20 { await Task.yield() }
        }
    }

    /// Waits until something is so, while no time passes.
    func soon(_ condition: () async -> Bool) async { while await !condition() { await Task.yield() } }

    func standing(of check: String) async -> CheckStanding? {
        await store.checks(of: nil).first { $0.check == check }?.standing
    }

    func isInAlarm(_ name: String) async -> Bool { await store.poll().contains { $0.name == name } }

    func kinds() async -> [Event.Kind] { await store.events(EventQuery(limit: 100)).reversed().map(\.kind) }
}

/// How often the engine was asked to poll.
final class PollCount: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}

extension CheckSpec {
    /// A check of `web` without grace, every ten seconds.
    static func example(
        _ name: String = "http", of process: String = "web", _ kind: CheckKind = .unix(path: "/s"),
        configure: (inout CheckSpec) -> Void = { _ in }
    ) throws -> CheckSpec {
        var spec = CheckSpec(name: try ProcessName(name), process: try ProcessName(process), kind: kind)
        spec.grace = .zero
        configure(&spec)
        return spec
    }
}
