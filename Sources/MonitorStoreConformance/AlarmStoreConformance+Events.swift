internal import MonitorCore
internal import Testing

extension AlarmStoreConformance {
    private static let noonOfTests = Timestamp(milliseconds: 1_700_000_000_000)

    /// What is told of recoveries and daemons, and what a reset or a removal means for them.
    static let events: [Behaviour] = [
        Behaviour("a report of a process that was removed meanwhile is taken") { scene in
            let store = try await controlled(scene)
            try await scene.raise(1, note: nil)
            let alarm = try await alarm(1, in: store)
            try await store.removeProcess(1, by: "ann")
            #expect(try await store.complete(alarm.report()).alarm == .alreadyClear)
        },
        Behaviour("nothing begins over a breaker that was reset since it was read") { scene in
            let store = try await controlled(scene)
            try await scene.raise(1, note: nil)
            let alarm = try await alarm(1, in: store)
            try await store.reset([1], by: "ann")
            #expect(try await store.claim(alarm.claimRequest()) == .conflict)
            #expect(try await store.status(1).claim == nil)
        },
        Behaviour("a result does not count after a reset, but clears the alarm; it is in flight no more") { scene in
            let store = try await controlled(scene)
            try await scene.raise(1, note: nil)
            let alarm = try await alarm(1, in: store)
            #expect(try await store.claim(alarm.claimRequest()) == .claimed)
            try await store.reset([1], by: "ann")
            let failed = CircuitBreaker(failures: 3)
            let result = try await store.complete(alarm.report(breaker: failed))
            #expect(result == CompletionResult(alarm: .cleared, breakerApplied: false))
            let process = try await store.status(1)
            #expect(process.breaker == CircuitBreaker(generation: 1) && process.claim == nil)
        },
        Behaviour("the same report twice has the same answer twice, whatever that is") { scene in
            let store = try await controlled(scene)
            for (number, outcome) in RecoveryOutcome.allCases.enumerated() {
                let id = try await store.addProcess(ProcessName("p\(number)"), id: nil, by: "ann")
                let alarm = try await store.raise(id)
                // Cleared, raised again, or reset meanwhile.
                if outcome == .interrupted { try await store.clearAlarm([id], note: nil, as: .alarmCleared, by: "eva") }
                if outcome == .refused { try await scene.raise(id, note: "again") }
                if outcome == .relapsed { try await store.reset([id], by: "eva") }
                var report = alarm.report("here-\(number)", outcome: outcome)
                report.clearsAlarm = outcome != .failed
                let first = try await store.complete(report)
                #expect(try await store.complete(report) == first, "\(outcome)")
            }
            let told = try await store.events(EventQuery(kinds: Event.Kind.outcomes, limit: 100))
            #expect(told.count == RecoveryOutcome.allCases.count)
        },
        Behaviour("reports that come together are taken as each alone would be, in order") { scene in
            let store = try await controlled(scene)
            for id: Int64 in [1, 2, 3] { try await scene.raise(id, note: "down") }
            let alarms = try await store.poll()
            for alarm in alarms { #expect(try await store.claim(alarm.claimRequest()) == .claimed) }
            try await scene.raise(2, note: "newer")
            try await store.reset([3], by: "ann")
            let reports = [
                alarms[2].report("here-3", outcome: .failed, note: "failed"), alarms[0].report("here-1"),
                alarms[1].report("here-2"),
            ]
            let expected = [
                CompletionResult(alarm: .untouched, breakerApplied: false),
                CompletionResult(alarm: .cleared, breakerApplied: true),
                CompletionResult(alarm: .raisedAgain, breakerApplied: true),
            ]
            #expect(try await store.complete(reports) == expected)
            #expect(try await scene.row(1) == StatusRow(alarm: false, notes: "recovered"))
            #expect(try await scene.row(2) == StatusRow(alarm: true, notes: "newer"))
            #expect(try await scene.row(3) == StatusRow(alarm: true, notes: "failed"))
            let history = reports.reversed().map(\.detail)
            #expect(try await store.history(of: nil, limit: 3).map(\.detail) == history)
            #expect(try await store.processes(named: nil).allSatisfy { $0.claim == nil })
        },
        Behaviour("a long account is kept in part, the rest of the report as it is") { scene in
            let store = try await controlled(scene)
            try await scene.raise(1, note: nil)
            let detail = String(repeating: "漢字🔥\n", count: 20_000)
            _ = try await store.complete(try await alarm(1, in: store).report(detail: detail))
            let kept = try #require(await store.history(of: nil, limit: 1).first)
            #expect(kept.detail == detail.cut(toCharacters: Event.detailLimit))
            #expect(kept.kind == .recovered && kept.attempts == 2 && kept.duration == .milliseconds(1234))
        },
        Behaviour("recoveries of many processes are recorded at the same time") { scene in
            let store = try await controlled(scene)
            for number in 10..<40 {
                _ = try await store.addProcess(ProcessName("many\(number)"), id: Int64(number), by: "ann")
            }
            try await store.raise(Array(10..<40), .act(of: "ann", note: "storm"))
            let alarms = try await store.poll()
            #expect(alarms.count == 30)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for alarm in alarms {
                    group.addTask {
                        let started = try await store.claim(alarm.claimRequest())
                        let result = try await store.complete(alarm.report("here-\(alarm.processID)"))
                        #expect(
                            started == .claimed && result == CompletionResult(alarm: .cleared, breakerApplied: true))
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.poll().isEmpty)
            #expect(try await store.events(EventQuery(kinds: [.recovered], limit: 100)).count == 30)
        },
        Behaviour("history older than the retention goes with the next sign of life") { scene in
            let store = try await controlled(scene)
            let now = SteadyWallClock().now()
            let moments = [now + .seconds(-100 * 86400), now]
            for (number, moment) in moments.enumerated() {
                try await scene.raise(1, note: nil)
                let alarm = try await alarm(1, in: store)
                _ = try await store.complete(alarm.report("here-\(number)", startedAt: moment))
            }
            try await store.heartbeat(.example(at: now))
            #expect(try await store.history(of: nil, limit: 10).map(\.began) == [now])
        },
        Behaviour("a breaker's changes are told with their cause, an expired trial and a clock not as relapses") {
            scene in
            let store = try await controlled(scene)
            try await scene.raise(1, note: "no answer")
            let alarm = try await alarm(1, in: store)
            var half = alarm.breaker
            half = CircuitBreaker(state: .halfOpen(deadline: noonOfTests), generation: half.generation + 1)
            var request = alarm.claimRequest()
            (request.breaker, request.isRelapse) = (half, true)
            #expect(try await store.claim(request) == .claimed)
            let open = CircuitBreaker(state: .open(until: noonOfTests), failures: 1, generation: half.generation + 1)
            var expired = alarm.report("here-1-1", outcome: .failed, note: nil, breaker: open)
            (expired.outcome, expired.expectedGeneration) = (nil, half.generation)
            expired.breakerChange = BreakerChange(.breakerOpened, .trialExpired)
            #expect(try await store.complete(expired).breakerApplied)
            #expect(try await store.complete(expired).breakerApplied, "written once")
            var clock = alarm.report("here-1-2", outcome: .failed, note: nil, breaker: open)
            (clock.outcome, clock.expectedGeneration) = (nil, open.generation)
            clock.breakerChange = BreakerChange(.breakerOpened, .clock)
            _ = try await store.complete(clock)
            var failed = alarm.report("here-1-3", outcome: .failed, note: nil, breaker: open)
            failed.expectedGeneration = 99
            failed.breakerChange = BreakerChange(.breakerOpened, .failures)
            _ = try await store.complete(failed)
            var again = failed
            (again.id, again.isRepeat) = ("here-1-4", true)
            _ = try await store.complete(again)
            let events = try await store.events(EventQuery(of: ["web"], limit: 10))
            #expect(
                events.map(\.kind) == [
                    .failed, .breakerOpened, .breakerOpened, .recoveryStarted, .breakerHalfOpen, .relapsed,
                ])
            #expect(events.map(\.code) == [nil, .clock, .trialExpired, nil, nil, nil])
            #expect(events[0].note == "no answer" && events[3].note == "no answer")
            #expect(try await store.status(1).last?.kind == .failed)
        },
        Behaviour("a try that is refused again leaves no event; one that ends otherwise tells of its begin, too") {
            scene in
            let store = try await controlled(scene)
            try await scene.raise(1, note: "down")
            let alarm = try await alarm(1, in: store)
            func serve(_ number: Int, as outcome: RecoveryOutcome, again: Bool) async throws {
                var request = alarm.claimRequest(at: noonOfTests + .seconds(number))
                request.isRepeat = again
                #expect(try await store.claim(request) == .claimed)
                var completion = alarm.report("here-1-\(number)", outcome: outcome, startedAt: request.startedAt)
                (completion.tellsBegin, completion.isRepeat) = (again, again && outcome == .refused)
                _ = try await store.complete(completion)
                _ = try await store.complete(completion)
            }
            try await serve(1, as: .refused, again: false)
            for number in 2...4 { try await serve(number, as: .refused, again: true) }
            #expect(
                try await store.events(EventQuery(of: ["web"], limit: 10)).map(\.kind) == [.refused, .recoveryStarted])
            try await serve(5, as: .recovered, again: true)
            let events = try await store.events(EventQuery(of: ["web"], limit: 10))
            #expect(events.map(\.kind) == [.recovered, .recoveryStarted, .refused, .recoveryStarted])
            #expect(events[1].at == noonOfTests + .seconds(5) && events[1].note == "down")
            #expect(try await store.status(1).claim == nil)
        },
        Behaviour("a daemon's start and stop are told once") { scene in
            let store = try await controlled(scene)
            let now = SteadyWallClock().now()
            for state in [Heartbeat.State.running, .running, .stopped, .stopped] {
                try await store.heartbeat(.example("here-1", state, at: now, startedAt: now))
            }
            let events = try await store.events(EventQuery(limit: 10))
            #expect(events.map(\.kind) == [.daemonStopped, .daemonStarted])
            #expect(events.allSatisfy { $0.host == scene.host && $0.processID == nil })
        },
        Behaviour("the daemon that is shown is the one that is alive, or the last one that was") { scene in
            let store = try await controlled(scene)
            #expect(try await store.daemon() == nil)
            let now = SteadyWallClock().now()
            let first = Heartbeat.example("here-1", at: now, startedAt: now + .seconds(-20))
            let second = Heartbeat.example("here-2", at: now, startedAt: now + .seconds(-10))
            try await store.heartbeat(first)
            #expect(try await store.daemon() == first)
            try await store.heartbeat(second)
            #expect(try await store.daemon() == second)
            var stopped = second
            stopped.state = .stopped
            try await store.heartbeat(stopped)
            #expect(try await store.daemon() == first)
            try await store.heartbeat(.example("here-1", .stopped, at: now, startedAt: first.startedAt))
            #expect(try await store.daemon() == stopped)
        },
        Behaviour("a daemon that is gone for long is forgotten when another signs") { scene in
            let store = try await controlled(scene)
            let now = SteadyWallClock().now()
            try await store.heartbeat(.example("old", at: now + .seconds(-7200)))
            #expect(try await store.daemon()?.daemon.instance == "old")
            try await store.heartbeat(.example("new", .stopped, at: now, startedAt: Timestamp(milliseconds: 0)))
            #expect(try await store.daemon()?.daemon.instance == "new")
        },
    ]
}
