internal import MonitorCore
internal import Testing

extension AlarmStoreConformance {
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
            #expect(try await status(1, in: store).map { $0.claim == flying } ?? true)
            _ = try await store.complete(alarm.report())
            try await scene.raise(1, note: nil)
            #expect(try await AlarmStoreConformance.alarm(1, in: store).claim == nil)
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
            try await scene.raise(1, note: nil)
            #expect(try await AlarmStoreConformance.alarm(1, in: store).claim == nil)
        },
        Behaviour("nothing begins over a breaker that has changed since it was read, and no result of before counts") {
            scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: nil)
            let before = try await alarm(1, in: store)
            let newer = CircuitBreaker(failures: 1, generation: before.breaker.generation + 1)
            #expect(try await store.complete(before.report(outcome: .failed, breaker: newer)).breakerApplied)
            #expect(try await store.claim(before.claimRequest()) == .conflict)
            let late = before.report("here-1-2", outcome: .failed, breaker: CircuitBreaker(failures: 9))
            #expect(try await !store.complete(late).breakerApplied)
            let after = try await alarm(1, in: store)
            #expect(after.breaker == newer && after.claim == nil)
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
                try await scene.raise(1, note: nil)
                #expect(try await AlarmStoreConformance.alarm(1, in: store).breaker == breaker)
            }
        },
        Behaviour("the same report twice is one, with the same answer, and never clears a newer alarm") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: "down")
            let report = try await alarm(1, in: store).report(breaker: CircuitBreaker(failures: 1))
            let result = try await store.complete(report)
            try await scene.raise(1, note: "newer")
            #expect(try await store.complete(report) == result)
            #expect(try await scene.row(1) == StatusRow(alarm: true, notes: "newer"))
            #expect(try await history(in: store).map { $0.count == 1 } ?? true)
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
            #expect(try await history(in: store).map { $0.count == 3 } ?? true)
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
