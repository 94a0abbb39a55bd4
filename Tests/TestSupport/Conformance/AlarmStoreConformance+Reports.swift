internal import MonitorCore
internal import Testing

extension AlarmStoreConformance {
    static let reports = [
        Self("a success clears the alarm, writes note, breaker and history") { store in
            let alarm = try await store.addAlarm("web")
            #expect(try await store.begin(alarm))
            let report = RecoveryReport.sample(of: alarm)
            #expect(try await store.finish(report) == FinishResult(alarm: .cleared, breakerApplied: true))
            #expect(try await store.poll().isEmpty)
            let status = try await store.status(alarm.processID)
            #expect(!status.alarm)
            #expect(status.notes == "recovered")
            #expect(status.breaker == report.breaker)
            #expect(status.inFlight == nil)
            #expect(status.last == HistoryEntry(of: report))
        },
        Self("a failure leaves the alarm, and writes note, breaker and history") { store in
            let alarm = try await store.addAlarm("web")
            #expect(try await store.begin(alarm))
            let report = RecoveryReport.sample(of: alarm, .failed, clears: false, note: "failed", breaker: .opened)
            #expect(try await store.finish(report) == FinishResult(alarm: .untouched, breakerApplied: true))
            let after = try #require(try await store.poll().first)
            #expect(after.notes == "failed")
            #expect(after.breaker == .opened)
            #expect(after.inFlight == nil)
            #expect(try await store.status(alarm.processID).last?.kind == .failed)
        },
        Self("a report without a beginning makes the breaker's row") { store in
            let alarm = try await store.addAlarm("web")
            let report = RecoveryReport.sample(of: alarm, .relapsed, clears: false, note: nil, breaker: .opened)
            #expect(try await store.finish(report).breakerApplied)
            let after = try #require(try await store.poll().first)
            #expect(after.breaker == .opened)
            #expect(after.notes == alarm.notes)
        },
        Self("a report without a breaker leaves it alone") { store in
            let alarm = try await store.addAlarm("web")
            #expect(try await store.begin(alarm, breaker: .opened))
            let report = RecoveryReport.sample(of: alarm, .refused, clears: false, note: "refused", breaker: nil)
            #expect(try await store.finish(report).breakerApplied)
            let after = try #require(try await store.poll().first)
            #expect(after.breaker == .opened)
            #expect(after.inFlight == nil)
        },
        Self("an alarm raised again meanwhile stands") { store in
            let alarm = try await store.addAlarm("web")
            let newer = try await store.raise(alarm.processID, note: "down again")
            #expect(try await store.finish(.sample(of: alarm)).alarm == .raisedAgain)
            let after = try #require(try await store.poll().first)
            #expect(after.revision == newer.revision && after.notes == "down again")
        },
        Self("an alarm cleared and raised again meanwhile stands") { store in
            let alarm = try await store.addAlarm("web")
            try await store.clearAlarm([alarm.processID], note: nil)
            _ = try await store.raise(alarm.processID, note: alarm.notes)
            #expect(try await store.finish(.sample(of: alarm)).alarm == .raisedAgain)
            #expect(try await store.poll().count == 1)
        },
        Self("the note of a failure is not written over a newer alarm's") { store in
            let alarm = try await store.addAlarm("web")
            _ = try await store.raise(alarm.processID, note: "down again")
            _ = try await store.finish(.sample(of: alarm, .failed, clears: false, note: "failed"))
            #expect(try await store.poll().first?.notes == "down again")
        },
        Self("an alarm that somebody else cleared is told as such") { store in
            let alarm = try await store.addAlarm("web")
            try await store.clearAlarm([alarm.processID], note: "by hand")
            #expect(try await store.finish(.sample(of: alarm)).alarm == .alreadyClear)
            #expect(try await store.status(alarm.processID).notes == "by hand")
        },
        Self("a process that is gone meanwhile is no error") { store in
            let alarm = try await store.addAlarm("web")
            try await store.removeProcess(alarm.processID)
            #expect(try await store.finish(.sample(of: alarm)).alarm == .alreadyClear)
        },
        Self("a result is dropped when the breaker was reset meanwhile") { store in
            let alarm = try await store.addAlarm("web")
            #expect(try await store.begin(alarm))
            try await store.reset([alarm.processID], by: "eva")
            let report = RecoveryReport.sample(of: alarm, .failed, clears: false, breaker: .opened)
            #expect(try await store.finish(report).breakerApplied == false)
            let after = try #require(try await store.poll().first)
            #expect(after.breaker == CircuitBreaker(generation: 1))
            #expect(after.inFlight == nil)
            #expect(try await store.status(alarm.processID).last?.kind == .failed, "the history tells it all the same")
        },
        Self("a report written twice is written once") { store in
            let alarm = try await store.addAlarm("web")
            let report = RecoveryReport.sample(of: alarm)
            let first = try await store.finish(report)
            let newer = try await store.raise(alarm.processID, note: "down again")
            #expect(try await store.finish(report) == first)
            #expect(try await store.poll().map(\.revision) == [newer.revision])
            #expect(try await store.history(of: nil, limit: 10).count == 1)
        },
        Self("a report written twice has the same answer twice, whatever that is") { store in
            for (number, outcome) in RecoveryOutcome.allCases.enumerated() {
                let alarm = try await store.addAlarm("web\(number)")
                let clears = outcome != .failed
                if outcome == .interrupted { try await store.clearAlarm([alarm.processID], note: nil) }
                if outcome == .refused { _ = try await store.raise(alarm.processID) }
                if outcome == .relapsed { try await store.reset([alarm.processID], by: "eva") }
                let report = RecoveryReport.sample(of: alarm, id: "one-\(number)", outcome, clears: clears)
                let first = try await store.finish(report)
                #expect(try await store.finish(report) == first, "\(outcome)")
            }
            let kinds = try await store.history(of: nil, limit: 100).map(\.kind)
            #expect(kinds.filter { $0 != .reset }.count == RecoveryOutcome.allCases.count)
        },
        Self("a note is cut to the width of its column") { store in
            let alarm = try await store.addAlarm("web")
            let note = String(repeating: "🐘", count: 101)
            _ = try await store.finish(.sample(of: alarm, note: note.cut(toCharacters: 100)))
            #expect(try await store.status(alarm.processID).notes == String(repeating: "🐘", count: 99) + "…")
        },
        Self("a long detail is kept up to a limit") { store in
            let alarm = try await store.addAlarm("web")
            let detail = String(repeating: "é", count: 5000)
            _ = try await store.finish(.sample(of: alarm, detail: detail))
            let kept = try #require(try await store.history(of: nil, limit: 1).first).detail
            #expect(kept == detail.cut(toCharacters: HistoryEntry.detailLimit))
        },
    ]
}
