import TestSupport
import Testing

@testable import MonitorCore

@Suite(.timeLimit(.minutes(2))) struct CheckRunnerTests {
    @Test func `so many failures raise the alarm, with source, reason, note and events; the engine polls at once`()
        async throws
    {
        let scene = CheckScene([try .example()])
        try await scene.whileRunning {
            scene.checks["http"]?.result = .failed("connection refused")
            try await scene.rounds(2, of: "http")
            #expect(await !scene.isInAlarm("web"))
            #expect(scene.pollCount == 0)
            await scene.eventually { await scene.isInAlarm("web") }
            await scene.soon { scene.pollCount == 1 }
        }
        let alarm = try #require(await scene.store.poll().first)
        #expect(alarm.source == "check http" && alarm.reason == "connection refused")
        #expect(alarm.notes == "check http: connection refused")
        let record = try #require(await scene.store.checks(of: [1]).first)
        #expect(record.standing == .failed && record.message == "connection refused")
        #expect(await Set(scene.kinds()) == [.alarmRaised, .checkFailed])
        #expect(try #require(scene.checks["http"]).count >= 3)
    }

    @Test func `a check that passes again resolves what it has raised`() async throws {
        let scene = CheckScene([try .example()])
        try await scene.whileRunning {
            try await scene.rounds(of: "http")
            scene.checks["http"]?.result = .failed("down")
            await scene.eventually { await scene.isInAlarm("web") }
            scene.checks["http"]?.result = .passed("200")
            await scene.eventually { await scene.standing(of: "http") == .passed }
        }
        #expect(await !scene.isInAlarm("web"))
        #expect(await scene.store.processes(named: ["web"]).first?.notes?.hasPrefix("check http passes again") == true)
        #expect(await Set(scene.kinds()) == [.alarmRaised, .checkFailed, .checkPassed, .alarmCleared])
    }

    @Test func `the application's alarm is not resolved, nor changed`() async throws {
        let scene = CheckScene([try .example()])
        await scene.store.setAlarm([1], note: "out of memory")
        let revision = await scene.store.revision(of: 1)
        try await scene.whileRunning {
            scene.checks["http"]?.result = .failed("down")
            await scene.eventually { await scene.standing(of: "http") == .failed }
            try await scene.rounds(2, of: "http")
            scene.checks["http"]?.result = .passed("200")
            await scene.eventually { await scene.standing(of: "http") == .passed }
        }
        #expect(await scene.isInAlarm("web"))
        #expect(await scene.store.processes(named: ["web"]).first?.notes == "out of memory")
        #expect(await scene.store.revision(of: 1) == revision)
    }

    @Test func `nothing is raised during a hold; when it is over, what still fails is`() async throws {
        let scene = CheckScene([try .example()])
        await scene.store.hold([1], Hold(since: CheckScene.start))
        try await scene.whileRunning {
            scene.checks["http"]?.result = .failed("down")
            await scene.eventually { await scene.standing(of: "http") == .failed }
            try await scene.rounds(2, of: "http")
            #expect(await !scene.isInAlarm("web"))
            await scene.store.release([1], by: "ann")
            await scene.eventually { await scene.isInAlarm("web") }
        }
        // It failed once, and was told once.
        #expect(await scene.kinds().count { $0 == .checkFailed } == 1)
    }

    @Test func `an alarm that was cleared while its check fails is raised again`() async throws {
        let scene = CheckScene([try .example()])
        try await scene.whileRunning {
            scene.checks["http"]?.result = .failed("down")
            await scene.eventually { await scene.isInAlarm("web") }
            await scene.store.clearAlarm([1], note: nil, as: .alarmCleared, by: "ann")
            await scene.eventually { await scene.isInAlarm("web") }
        }
        #expect(await scene.store.poll().first?.source == "check http")
    }

    @Test(arguments: [true, false])
    func `where it observes, or raises = no, it is seen and told, and no alarm is touched`(observes: Bool) async throws
    {
        var settings = EngineSettings()
        if observes { settings.mode = .observe }
        let scene = CheckScene([try .example { $0.raises = observes }], settings: settings)
        try await scene.whileRunning {
            scene.checks["http"]?.result = .failed("down")
            await scene.eventually { await scene.standing(of: "http") == .failed }
            try await scene.rounds(2, of: "http")
            scene.checks["http"]?.result = .passed("200")
            await scene.eventually { await scene.standing(of: "http") == .passed }
        }
        #expect(await scene.kinds() == [.checkFailed, .checkPassed])
        #expect(await scene.store.processes(named: ["web"]).first?.notes == nil)
        #expect(scene.pollCount == 0)
    }

    @Test func `a process that was started a moment ago has its grace`() async throws {
        let age = ScriptedCheck()
        let scene = CheckScene([
            try .example {
                $0.grace = .seconds(30)
                $0.threshold = 1
            }
        ]) { parts in
            // It counts how often it is asked; the process is always ten seconds old.
            parts.age = { _ in
                _ = await age.run(limit: .zero)
                return .seconds(10)
            }
        }
        try await scene.whileRunning {
            await scene.soon { await scene.runner.entries.count == 1 }
            scene.clock.advance(by: .seconds(60))
            scene.checks["http"]?.result = .failed("starting")
            try await scene.rounds(3, of: "http")
            #expect(age.count >= 1)
            #expect(await scene.standing(of: "http") == nil)
        }
        #expect(await !scene.isInAlarm("web"))
    }

    @Test func `what events tell is asked at once, and the first failure counts`() async throws {
        let scene = CheckScene([try .example("web", .process)])
        try await scene.whileRunning {
            try await scene.rounds(of: "web")
            await scene.soon { await scene.standing(of: "web") == .passed }
            scene.checks["web"]?.result = .failed("no process named web runs")
            // No time passes.
            scene.notice("web")
            await scene.soon { await scene.isInAlarm("web") }
        }
    }

    @Test func `what events tell is verified once a minute while it passes, else at its pace`() async throws {
        let scene = CheckScene([try .example("web", .process), try .example("pace")])
        try await scene.whileRunning {
            try await scene.rounds(of: "web")
            let (web, pace) = (try #require(scene.checks["web"]), try #require(scene.checks["pace"]))
            let before = (web.count, pace.count)
            try await scene.rounds(5, of: "pace")
            #expect(web.count - before.0 <= 1)
            web.result = .failed("gone")
            try await scene.rounds(of: "web")
            let failed = (web.count, pace.count)
            try await scene.rounds(4, of: "pace")
            #expect(web.count - failed.0 >= 2)
        }
    }

    @Test func `a check that hangs delays no other`() async throws {
        let scene = CheckScene([try .example("slow"), try .example("quick", of: "mail")])
        scene.checks["slow"]?.hang()
        try await scene.whileRunning {
            scene.checks["quick"]?.result = .failed("down")
            await scene.eventually { await scene.isInAlarm("mail") }
            #expect(scene.checks["slow"]?.count == 1)
        }
    }

    @Test func `a check about a process without a row harms no other`() async throws {
        let scene = CheckScene([try .example("ghost", of: "nobody"), try .example()])
        try await scene.whileRunning {
            for check in scene.checks.values { check.result = .failed("down") }
            await scene.eventually { await scene.isInAlarm("web") }
            try await scene.rounds(2, of: "ghost")
        }
        #expect(await scene.store.checks(of: nil).map(\.check) == ["http"])
    }

    @Test func `while the store is away what is to be written waits`() async throws {
        let tries = PollCount()
        let scene = CheckScene(
            [try .example { $0.threshold = 1 }],
            refusal: Refusal { _ in
                tries.add()
                return tries.value <= 3 ? .unreachable : nil
            })
        try await scene.whileRunning {
            scene.checks["http"]?.result = .failed("down")
            await scene.eventually { await scene.isInAlarm("web") }
        }
        #expect(tries.value >= 4)
        #expect(await scene.kinds().count { $0 == .checkFailed } == 1)
    }

    @Test func `a row that is locked keeps no other process waiting`() async throws {
        let scene = CheckScene(
            [try .example { $0.threshold = 1 }, try .example("smtp", of: "mail") { $0.threshold = 1 }],
            refusal: Refusal { changes in changes.contains { $0.record.processID == 1 } ? .busy : nil })
        try await scene.whileRunning {
            for check in scene.checks.values { check.result = .failed("down") }
            await scene.eventually { await scene.isInAlarm("mail") }
            // Others that come later, too.
            scene.checks["smtp"]?.result = .passed("250")
            await scene.eventually { await scene.standing(of: "smtp") == .passed }
        }
        #expect(await !scene.isInAlarm("web"))
    }

    @Test func `a later life goes on where an earlier one ended`() async throws {
        let first = CheckScene([try .example(), try .example("gone")])
        try await first.whileRunning {
            first.checks["http"]?.result = .failed("down")
            await first.eventually {
                let standing = await first.standing(of: "gone")
                return await first.isInAlarm("web") && standing == .passed
            }
        }
        let second = CheckScene([try .example()], store: first.store)
        try await second.whileRunning {
            try await second.rounds(of: "http")
            await second.eventually { await second.standing(of: "http") == .passed }
        }
        #expect(await !second.isInAlarm("web"))
        #expect(await second.kinds().count { $0 == .checkFailed } == 1)
        // What is configured no longer is forgotten.
        #expect(await second.store.checks(of: nil).map(\.check) == ["http"])
    }

    @Test func `a reload adds, removes and changes checks; those that are the same go on`() async throws {
        let scene = CheckScene([try .example("a"), try .example("b"), try .example("c")])
        try await scene.whileRunning {
            await scene.eventually { await scene.store.checks(of: nil).count == 3 }
            var settings = EngineSettings()
            settings.checks = [
                try .example("a"), try .example("b") { $0.threshold = 1 }, try .example("d", of: "mail"),
            ]
            await scene.runner.reload(settings)
            await scene.eventually { await scene.store.checks(of: nil).map(\.check) == ["a", "b", "d"] }
            // How it stood is kept: no first time again.
            scene.checks["b"]?.result = .failed("down")
            await scene.eventually { await scene.isInAlarm("web") }
        }
        #expect(await scene.kinds().filter { $0 == .checkPassed }.isEmpty)
    }
}
