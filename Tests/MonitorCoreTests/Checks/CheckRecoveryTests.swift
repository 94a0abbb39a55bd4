import Logging
import Synchronization
import TestSupport
import Testing

@testable import MonitorCore

/// Checks and recoveries together.
@Suite(.timeLimit(.minutes(2))) struct CheckRecoveryTests {
    private func process(_ name: String = "web") throws -> MonitoredProcess {
        MonitoredProcess(name: try ProcessName(name), settings: ProcessSettings())
    }

    @Test func `a process is healthy only if all of its checks that can tell at once pass`() async throws {
        var target = FileTarget(path: "/f")
        target.maxAge = .seconds(60)
        let scene = CheckScene([
            try .example("a"), try .example("b"), try .example("told") { $0.raises = false },
            try .example("memory", .resource(ResourceTarget())), try .example("beat", .file(target)),
            try .example("other", of: "mail"),
        ])
        for name in ["told", "memory", "beat", "other"] { scene.checks[name]?.result = .failed("not asked") }
        scene.checks["b"]?.result = .unknown("no such plugin")
        let health = CheckedHealth(ScriptedHealthCheck(), and: scene.runner)
        let web = try process()
        try await scene.whileRunning {
            await scene.soon { await scene.runner.entries.count == 6 }
            #expect(await health.check(web, limit: .seconds(5)) == .healthy)
            scene.checks["a"]?.result = .failed("connection refused")
            #expect(
                await health.check(web, limit: .seconds(5)) == .unhealthy("check a: connection refused"))
            let sick = CheckedHealth(ScriptedHealthCheck(result: .unhealthy("dead")), and: scene.runner)
            #expect(await sick.check(web, limit: .seconds(5)) == .unhealthy("dead"))
        }
    }

    @Test func `while a process is recovered its checks tell nothing; afterwards they have passed`() async throws {
        let scene = CheckScene([try .example("web", .process)])
        try await scene.whileRunning {
            scene.checks["web"]?.result = .failed("gone")
            await scene.eventually { await scene.isInAlarm("web") }
            await scene.runner.observer.began(try process())
            await scene.store.clearAlarm([1], note: nil, as: .alarmCleared, by: "the recovery")
            try await scene.rounds(3, of: "web")
            #expect(await !scene.isInAlarm("web"))
            scene.checks["web"]?.result = .passed("pid 7 runs")
            await scene.runner.observer.ended(try process(), .recovered, nil)
            await scene.soon { await scene.standing(of: "web") == .passed }
        }
        #expect(await scene.kinds().count { $0 == .checkFailed } == 1)
    }

    private let started = Started(.process(pid: 7, startTime: 7))

    @Test(arguments: [false, true])
    func `what is lost soon after its recovery is in alarm again at once, unless it is held`(isHeld: Bool) async throws
    {
        let (notices, ends) = AsyncStream<Void>.makeStream()
        let isLost = Mutex(false)
        let asked = PollCount()
        let scene = CheckScene([]) { parts in
            parts.watchStarted = { _ in notices }
            parts.loss = { _, _ in
                asked.add()
                return isLost.withLock { $0 } ? "pid 7 was killed by SIGKILL" : nil
            }
        }
        if isHeld { await scene.store.hold([1], Hold(since: CheckScene.start)) }
        try await scene.whileRunning {
            await scene.runner.observer.began(try process())
            await scene.runner.observer.ended(try process(), .recovered, started)
            // A notice without cause.
            ends.yield()
            await scene.soon { asked.value == 1 }
            isLost.withLock { $0 = true }
            ends.yield()
            await scene.soon { asked.value == 2 }
            if !isHeld { await scene.soon { scene.pollCount == 1 } }
        }
        let alarm = await scene.store.poll().first
        #expect((alarm == nil) == isHeld)
        if !isHeld {
            #expect(alarm?.source == "aftercare" && alarm?.reason == "pid 7 was killed by SIGKILL")
            #expect(alarm?.notes == "lost after its recovery: pid 7 was killed by SIGKILL")
        }
    }

    @Test func `after the relapse window nothing is watched; without one it never is`() async throws {
        let asked = PollCount()
        var settings = EngineSettings()
        settings.relapseWindow = .seconds(5)
        let scene = CheckScene([], settings: settings) { parts in
            parts.loss = { _, _ in
                asked.add()
                return nil
            }
        }
        try await scene.whileRunning {
            await scene.runner.observer.ended(try process(), .failed, started)
            await scene.runner.observer.ended(try process(), .recovered, started)
            await scene.eventually { asked.value >= 4 }
            scene.clock.advance(by: .seconds(5))
            await scene.eventually { scene.clock.sleeperCount == 0 }
            let count = asked.value
            scene.clock.advance(by: .seconds(60))
            #expect(asked.value == count)
        }
    }

    @Test func `a process that dies is seen, restarted and back, and no application writes the alarm`() async throws {
        let scene = CheckScene([try .example("web", .process)])
        let web = try #require(scene.checks["web"])
        let strategy = ScriptedStrategy()
        // The restart brings it back.
        let health = CheckedHealth(ScriptedHealthCheck { _ in web.result = .passed("pid 8 runs") }, and: scene.runner)
        var parts = RecoveryParts(strategy: strategy, healthCheck: health)
        parts.observer = scene.runner.observer
        var settings = EngineSettings()
        settings.processDefaults.stableFor = .zero
        var options = EngineOptions(clock: scene.clock)
        options.now = { [clock = scene.clock] in CheckScene.start + clock.now.offset }
        let engine = Engine(
            settings: settings, store: scene.store, parts: parts,
            identity: DaemonIdentity(host: "here", instance: "i", pid: 1, version: "test"),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), options: options)
        try await scene.whileRunning {
            try await scene.rounds(of: "web")
            web.result = .failed("no process named web runs")
            scene.notice("web")
            await scene.soon { scene.pollCount == 1 }
            #expect(try await engine.runOnce())
            await scene.soon { await scene.standing(of: "web") == .passed }
        }
        let kinds = await scene.kinds()
        #expect(
            kinds.filter { $0 != .daemonStarted && $0 != .daemonStopped }.sorted { $0.rawValue < $1.rawValue } == [
                .alarmRaised, .checkFailed, .checkPassed, .recovered, .recoveryStarted,
            ])
        #expect(try strategy.count("web") == 1)
    }
}
