internal import MonitorCore
internal import Testing

extension AlarmStoreConformance {
    private static let noonOfTests = Timestamp(milliseconds: 1_700_000_000_000)

    /// What is recorded of recoveries, and how often.
    static let recoveries: [Behaviour] = [
        Behaviour("a recovery that has begun is in flight until it is finished") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: nil)
            let start = try await alarm(1, in: store).claimRequest()
            #expect(try await store.claim(start) == .claimed)
            let flying = Claim(since: start.startedAt, instance: start.instance)
            let alarm = try await alarm(1, in: store)
            #expect(alarm.claim == flying)
            #expect(try await store.status(1).claim == flying)
            _ = try await store.complete(alarm.report())
            #expect(try await store.status(1).claim == nil)
        },
        Behaviour("the same beginning twice is one") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: nil)
            let start = try await alarm(1, in: store).claimRequest()
            #expect(try await store.claim(start) == .claimed)
            #expect(try await store.claim(start) == .claimed)
        },
        Behaviour("nothing begins for an alarm that is gone, or a process that is unknown") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: nil)
            let alarm = try await alarm(1, in: store)
            try await scene.clear(1)
            #expect(try await store.claim(alarm.claimRequest()) == .conflict)
            var unknown = alarm
            unknown.processID = 99
            #expect(try await store.claim(unknown.claimRequest()) == .conflict)
            #expect(try await store.status(1).claim == nil)
        },
        Behaviour("nothing begins over a breaker that was reset since it was read") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: nil)
            let alarm = try await alarm(1, in: store)
            try await store.reset([1], by: "ann")
            #expect(try await store.claim(alarm.claimRequest()) == .conflict)
            #expect(try await store.status(1).claim == nil)
        },
        Behaviour("a breaker is read as it was written, in every state") { scene in
            let store = try await opened(scene)
            let moment = Timestamp(milliseconds: 1_700_000_000_123)
            let states: [CircuitBreaker.State] = [.closed, .open(until: moment), .halfOpen(deadline: moment)]
            for (number, state) in states.enumerated() {
                try await scene.raise(1, note: nil)
                let alarm = try await alarm(1, in: store)
                let breaker = CircuitBreaker(
                    state: state, failures: number, generation: Int64(number) + 1, openings: number * 2,
                    provisionalSuccess: number == 0 ? nil : moment)
                #expect(try await store.claim(alarm.claimRequest()) == .claimed)
                #expect(try await store.complete(alarm.report("here-\(number)", breaker: breaker)).breakerApplied)
                #expect(try await store.status(1).breaker == breaker)
            }
        },
        Behaviour("a result does not count after a reset, but clears the alarm; it is in flight no more") { scene in
            let store = try await opened(scene)
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
        Behaviour("the same report twice is one, with the same answer, and never clears a newer alarm") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: "down")
            let report = try await alarm(1, in: store).report(breaker: CircuitBreaker(failures: 1))
            let result = try await store.complete(report)
            try await scene.raise(1, note: "newer")
            #expect(try await store.complete(report) == result)
            #expect(try await scene.row(1) == StatusRow(alarm: true, notes: "newer"))
            #expect(try await store.history(of: nil, limit: 10).count == 1)
        },
        Behaviour("the same report twice has the same answer twice, whatever that is") { scene in
            let store = try await opened(scene)
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
            let store = try await opened(scene)
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
        Behaviour("of reports that come together, those that came before are written once, and have their answer") {
            scene in
            let store = try await opened(scene)
            for id: Int64 in [1, 2, 3] { try await scene.raise(id, note: nil) }
            let reports = try await store.poll().map { $0.report("here-\($0.processID)") }
            #expect(try await store.complete([]).isEmpty)
            let first = try await store.complete(reports[1])
            try await scene.raise(2, note: "newer")
            let cleared = CompletionResult(alarm: .cleared, breakerApplied: true)
            #expect(try await store.complete(reports) == [cleared, first, cleared])
            #expect(try await store.complete(reports) == [cleared, first, cleared])
            #expect(try await store.poll().map(\.processID) == [2])
            #expect(try await store.history(of: nil, limit: 10).count == 3)
        },
        Behaviour("a long account is kept in part, the rest of the report as it is") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: nil)
            let detail = String(repeating: "漢字🔥\n", count: 20_000)
            _ = try await store.complete(try await alarm(1, in: store).report(detail: detail))
            let kept = try #require(await store.history(of: nil, limit: 1).first)
            #expect(kept.detail == detail.cut(toCharacters: Event.detailLimit))
            #expect(kept.kind == .recovered && kept.attempts == 2 && kept.duration == .milliseconds(1234))
        },
        Behaviour("recoveries of many processes are recorded at the same time") { scene in
            let store = try await opened(scene)
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
            let store = try await opened(scene)
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
            let store = try await opened(scene)
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
        Behaviour("a daemon's start and stop are told once") { scene in
            let store = try await opened(scene)
            let now = SteadyWallClock().now()
            for state in [Heartbeat.State.running, .running, .stopped, .stopped] {
                try await store.heartbeat(.example("here-1", state, at: now, startedAt: now))
            }
            let events = try await store.events(EventQuery(limit: 10))
            #expect(events.map(\.kind) == [.daemonStopped, .daemonStarted])
            #expect(events.allSatisfy { $0.host == scene.host && $0.processID == nil })
        },
        Behaviour("a store that was closed can be opened again") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: nil)
            #expect(try await store.claim(try await alarm(1, in: store).claimRequest()) == .claimed)
            await store.close()
            _ = try await store.open()
            #expect(try await alarm(1, in: store).claim != nil)
        },
    ]
}
