internal import MonitorCore
internal import Testing

extension AlarmStoreConformance {
    /// What a poll shows, and when an alarm is cleared.
    static let alarms: [Behaviour] = [
        Behaviour("a poll gives the processes in alarm, in order, each as its rows are") { scene in
            let store = try await opened(scene)
            #expect(try await store.poll().isEmpty)
            try await scene.raise(3, note: nil)
            try await scene.raise(1, note: "down since noon")
            let alarms = try await store.poll()
            #expect(alarms.map(\.processID) == [1, 3])
            #expect(alarms.map(\.name) == ["web", "a; name"])
            #expect(alarms.map(\.notes) == ["down since noon", nil])
            #expect(alarms.allSatisfy { $0.breaker == CircuitBreaker() && $0.hold == nil && $0.claim == nil })
        },
        Behaviour("an alarm tells when it was raised, by this host's clock; raising it again does not change that") {
            scene in
            let store = try await opened(scene)
            let before = SteadyWallClock().now()
            try await scene.raise(1, note: nil)
            let raised = try await alarm(1, in: store)
            try await scene.raise(1, note: nil)
            let again = try await alarm(1, in: store)
            let (first, second) = (try #require(raised.raisedAt), try #require(again.raisedAt))
            // Clocks of a server and a host read in whole milliseconds, one after the other.
            #expect(abs((first - second).wholeMilliseconds) <= 50)
            #expect(first - before >= .milliseconds(-50) && SteadyWallClock().now() - first >= .milliseconds(-50))
            #expect(try #require(again.revision) > (try #require(raised.revision)))
        },
        Behaviour("a recovered process's alarm is cleared, with the note and a line of history") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: "down")
            let alarm = try await alarm(1, in: store)
            #expect(try await store.claim(alarm.claimRequest()) == .claimed)
            let report = alarm.report(startedAt: Timestamp(milliseconds: SteadyWallClock().now().milliseconds))
            #expect(try await store.complete(report) == CompletionResult(alarm: .cleared, breakerApplied: true))
            #expect(try await scene.row(1) == StatusRow(alarm: false, notes: "recovered"))
            #expect(try await store.poll().isEmpty)
            var event = Event(.recovered, at: report.startedAt + report.duration, processID: 1, processName: "web")
            (event.host, event.detail, event.note) = (scene.host, report.detail, "down")
            (event.duration, event.attempts) = (report.duration, report.attempts)
            #expect(try await history(in: store).map { $0 == [event] } ?? true)
        },
        Behaviour("an alarm raised again during its recovery stands, with its note, whatever the note is") { scene in
            let store = try await opened(scene)
            for note in [nil, "down", "newer"] {
                try await scene.raise(1, note: "down")
                let alarm = try await alarm(1, in: store)
                #expect(try await store.claim(alarm.claimRequest()) == .claimed)
                try await scene.raise(1, note: note)
                let result = try await store.complete(alarm.report("here-\(note ?? "none")"))
                #expect(result == CompletionResult(alarm: .raisedAgain, breakerApplied: true))
                #expect(try await scene.row(1) == StatusRow(alarm: true, notes: note ?? "down"))
            }
        },
        Behaviour("an alarm is cleared at the revision that was read last, not at that of the poll") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: "down")
            let alarm = try await alarm(1, in: store)
            // The application says so once more while its server comes up; the check passes after that.
            try await scene.raise(1, note: "down")
            let revision = try #require(try await store.revision(of: 1))
            #expect(revision > (alarm.revision ?? 0))
            var completion = alarm.report()
            completion.revision = revision
            #expect(try await store.complete(completion).alarm == .cleared)
            #expect(try await store.revision(of: 99) == nil)
        },
        Behaviour("an alarm that was cleared and raised again during its recovery stands") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: "down")
            let alarm = try await alarm(1, in: store)
            try await scene.clear(1)
            try await scene.raise(1, note: nil)
            #expect(try await store.complete(alarm.report()).alarm == .raisedAgain)
            #expect(try await scene.row(1) == StatusRow(alarm: true, notes: "down"))
        },
        Behaviour("an alarm that somebody else cleared meanwhile stays clear, and its note as it is") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: "down")
            let alarm = try await alarm(1, in: store)
            try await scene.clear(1)
            #expect(try await store.complete(alarm.report()).alarm == .alreadyClear)
            #expect(try await scene.row(1) == StatusRow(alarm: false, notes: "down"))
        },
        Behaviour("a failed recovery leaves the alarm, and writes its note without raising it again") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: "down")
            let before = try await alarm(1, in: store)
            let result = try await store.complete(before.report(outcome: .failed, note: "failed: no"))
            #expect(result == CompletionResult(alarm: .untouched, breakerApplied: true))
            #expect(try await scene.row(1) == StatusRow(alarm: true, notes: "failed: no"))
            let after = try await alarm(1, in: store)
            #expect(after.revision == before.revision)
        },
        Behaviour("a refusal leaves breaker and alarm, and writes its note") { scene in
            let store = try await opened(scene)
            try await scene.raise(3, note: nil)
            let refused = try await alarm(3, in: store)
            let result = try await store.complete(refused.report(outcome: .refused, note: "refused: the name"))
            #expect(result == CompletionResult(alarm: .untouched, breakerApplied: true))
            #expect(try await scene.row(3) == StatusRow(alarm: true, notes: "refused: the name"))
            #expect(try await alarm(3, in: store).breaker == refused.breaker)
        },
        Behaviour("the note of a report never lands on a newer alarm") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: "down")
            let alarm = try await alarm(1, in: store)
            try await scene.raise(1, note: "newer")
            #expect(try await store.complete(alarm.report(outcome: .failed, note: "failed")).alarm == .untouched)
            #expect(try await scene.row(1).notes == "newer")
        },
        Behaviour("a report without a note leaves the one that stands") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: "down")
            #expect(try await store.complete(try await alarm(1, in: store).report(note: nil)).alarm == .cleared)
            #expect(try await scene.row(1) == StatusRow(alarm: false, notes: "down"))
        },
        Behaviour("a note is cut to 100 characters, never inside of one") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: nil)
            let note = String(repeating: "ä", count: 98) + "🔥🔥🔥"
            _ = try await store.complete(try await alarm(1, in: store).report(note: note))
            let cut = String(repeating: "ä", count: 98) + "🔥…"
            #expect(try await scene.row(1).notes == cut)
        },
    ]
}
