internal import MonitorCore
internal import Testing

extension AlarmStoreConformance {
    /// What a control tool does and sees.
    static let control: [Behaviour] = [
        Behaviour("processes are shown in order of name, all or those named; unknown names are absent") { scene in
            let store = try await controlled(scene)
            try await scene.raise(1, note: "down")
            #expect(try await store.processes(named: nil).map(\.name) == ["a; name", "mail", "web"])
            #expect(try await store.processes(named: ["web", "mail", "nobody", "WEB"]).map(\.name) == ["mail", "web"])
            #expect(try await store.processes(named: []).isEmpty)
            let web = try await store.status(1)
            #expect(web.alarm && web.notes == "down" && !web.sound && web.raisedAt != nil && web.last == nil)
            let mail = try await store.status(2)
            #expect(!mail.alarm && mail.notes == nil && mail.raisedAt == nil)
        },
        Behaviour("an operator's alarm is raised, with source and reason; unknown ids are left out") { scene in
            let store = try await controlled(scene)
            let act = AlarmCause.act(of: "ann", reason: "does not print", note: "set by ann")
            #expect(try await store.raise([1, 99], act) == [1])
            let alarm = try await alarm(1, in: store)
            #expect(alarm.notes == "set by ann" && alarm.raisedAt != nil)
            #expect(alarm.source == "operator" && alarm.reason == "does not print")
            #expect(try await store.status(1).reason == "does not print")
            let event = try #require(try await store.events(EventQuery(limit: 1)).first)
            #expect(event.kind == .alarmRaised && event.code == nil && event.actor == "ann")
            #expect(event.processName == "web" && event.detail == "does not print")
            #expect(try await store.complete(alarm.report()).alarm == .cleared)
            try await scene.raise(1, note: "by the application")
            let next = try await store.status(1)
            #expect(next.source == nil && next.reason == nil)
        },
        Behaviour("an operator's alarm over one that stands is no new alarm: it stays as it is, and the act is told") {
            scene in
            let store = try await controlled(scene)
            try await scene.raise(1, note: "down")
            let first = try await alarm(1, in: store)
            #expect(try await store.raise([1], .act(of: "ann", reason: "hurry", note: "set by ann")).isEmpty)
            #expect(try await alarm(1, in: store).revision == first.revision)
            #expect(try await scene.row(1) == StatusRow(alarm: true, notes: "down"))
            let event = try #require(try await store.events(EventQuery(limit: 1)).first)
            #expect(event.kind == .alarmRaised && event.code == .standing && event.detail == "hurry")
            #expect(try await store.complete(first.report()).alarm == .cleared)
        },
        Behaviour("an operator's clear leaves or writes the note") { scene in
            let store = try await controlled(scene)
            try await scene.raise(1, note: "down")
            try await scene.raise(2, note: "down")
            try await store.clearAlarm([1, 3, 99], note: nil, as: .alarmCleared, by: "ann")
            try await store.clearAlarm([2], note: "cleared by ann", as: .alarmCleared, by: "ann")
            #expect(try await scene.row(1) == StatusRow(alarm: false, notes: "down"))
            #expect(try await scene.row(2) == StatusRow(alarm: false, notes: "cleared by ann"))
            try await store.clearAlarm([1], note: "was clear already", as: .alarmCleared, by: "ann")
            #expect(try await scene.row(1).notes == "down")
            let events = try await store.history(of: nil, limit: 10)
            #expect(events.map(\.kind) == [.alarmCleared, .alarmCleared])
            #expect(events.map(\.processID) == [2, 1] && events.allSatisfy { $0.actor == "ann" })
        },
        Behaviour("an operator's note is cut to 100 characters, never inside of one") { scene in
            let store = try await controlled(scene)
            let note = String(repeating: "ä", count: 98) + "🔥🔥🔥"
            let cut = String(repeating: "ä", count: 98) + "🔥…"
            try await store.raise([2], .act(of: "ann", note: note))
            #expect(try await scene.row(2).notes == cut)
            try await store.clearAlarm([2], note: note + "!", as: .alarmCleared, by: "ann")
            #expect(try await scene.row(2).notes == cut)
        },
        Behaviour("a hold is seen with its alarm until it is released; a second one replaces the first") { scene in
            let store = try await controlled(scene)
            try await scene.raise(1, note: nil)
            let moment = Timestamp(milliseconds: 1_700_000_000_000)
            let timed = Hold(since: moment, until: moment + .seconds(60), reason: "disk swap", by: "ann")
            try await store.hold([1, 99], timed)
            #expect(try await alarm(1, in: store).hold == timed)
            let endless = Hold(since: moment)
            try await store.hold([1], endless)
            #expect(try await store.status(1).hold == endless)
            try await store.release([1, 2, 99], by: "bob")
            #expect(try await alarm(1, in: store).hold == nil)
            let history = try await store.history(of: nil, limit: 10)
            #expect(history.map(\.kind) == [.released, .held, .held])
            #expect(history.map(\.actor) == ["bob", "", "ann"])
            #expect(history.map(\.detail) == ["", "", "disk swap"])
            #expect(try await store.status(1).last == nil)
        },
        Behaviour("a reset closes the breaker, forgets its failures, and makes a new generation") { scene in
            let store = try await controlled(scene)
            try await scene.raise(1, note: nil)
            let moment = Timestamp(milliseconds: 1_700_000_000_000)
            var breaker = CircuitBreaker(
                state: .open(until: moment), failures: 3, generation: 7, openings: 2, provisionalSuccess: moment)
            #expect(try await store.claim(try await alarm(1, in: store).claimRequest()) == .claimed)
            let report = try await alarm(1, in: store).report(outcome: .failed, breaker: breaker)
            _ = try await store.complete(report)
            try await store.reset([1, 2, 99], by: "ann")
            breaker.reset()
            #expect(try await store.status(1).breaker == breaker)
            var untouched = CircuitBreaker()
            untouched.reset()
            #expect(try await store.status(2).breaker == untouched)
            let history = try await store.history(of: nil, limit: 10)
            #expect(history.map(\.kind) == [.breakerClosed, .breakerClosed, .failed])
            #expect(history.map(\.code) == [.reset, .reset, nil])
            #expect(history.map(\.actor) == ["ann", "ann", nil])
            #expect(try await store.status(1).last?.kind == .failed)
        },
        Behaviour("history is given the newest first, of those named, as many as asked for") { scene in
            let store = try await controlled(scene)
            for (number, id) in [Int64(1), 2, 1, 2, 1].enumerated() {
                try await scene.raise(id, note: nil)
                let alarm = try await alarm(id, in: store)
                _ = try await store.complete(alarm.report("here-\(number)", detail: "\(number)"))
            }
            #expect(try await store.history(of: nil, limit: 3).map(\.detail) == ["4", "3", "2"])
            #expect(try await store.history(of: ["web"], limit: 10).map(\.detail) == ["4", "2", "0"])
            #expect(try await store.history(of: ["web", "mail"], limit: 10).count == 5)
            #expect(try await store.history(of: ["nobody"], limit: 10).isEmpty)
            #expect(try await store.history(of: [], limit: 10).isEmpty)
            #expect(try await store.history(of: nil, limit: 0).isEmpty)
            #expect(try await store.status(1).last?.detail == "4")
        },
        Behaviour("a process is added with the id given, or the next one; names and ids are taken once") { scene in
            let store = try await controlled(scene)
            #expect(try await store.addProcess(ProcessName("db"), id: nil, by: "ann") == 4)
            #expect(try await store.addProcess(ProcessName("queue"), id: 70, by: "ann") == 70)
            #expect(try await store.addProcess(ProcessName("cache"), id: nil, by: "ann") == 71)
            #expect(try await scene.row(70) == StatusRow(alarm: false, notes: nil))
            for (name, id) in [("db", nil), ("new", Int64(70))] {
                let error = try await #require(throws: StoreError.self) {
                    try await store.addProcess(ProcessName(name), id: id, by: "ann")
                }
                #expect(error.code == .duplicate)
            }
            #expect(try await store.processes(named: ["new"]).isEmpty)
        },
        Behaviour("a process that is removed leaves nothing behind for the next one of its id") { scene in
            let store = try await controlled(scene)
            try await scene.raise(1, note: "down")
            let alarm = try await alarm(1, in: store)
            #expect(try await store.claim(alarm.claimRequest()) == .claimed)
            _ = try await store.complete(alarm.report(breaker: CircuitBreaker(failures: 2)))
            try await store.hold([1], Hold(since: Timestamp(milliseconds: 0)))
            try await store.removeProcess(1, by: "ann")
            #expect(try await store.processes(named: nil).map(\.name) == ["a; name", "mail"])
            let told = try await store.events(EventQuery(limit: 10))
            #expect(told.map(\.kind) == [.processRemoved] && told.map(\.actor) == ["ann"])
            #expect(told.map(\.processName) == ["web"] && told.map(\.processID) == [nil])
            _ = try await store.addProcess(ProcessName("web"), id: 1, by: "ann")
            let next = try await store.status(1)
            #expect(next.breaker == CircuitBreaker() && next.hold == nil && next.last == nil && !next.alarm)
        },
    ]
}
