internal import MonitorCore
internal import Testing

extension AlarmStoreConformance {
    /// What a control tool does and sees.
    static let control: [Behaviour] = [
        Behaviour("processes are shown in order of name, all or those named; unknown names are absent") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: "down")
            #expect(try await store.processes(named: nil).map(\.name) == ["a; name", "mail", "web"])
            #expect(try await store.processes(named: ["web", "mail", "nobody", "WEB"]).map(\.name) == ["mail", "web"])
            #expect(try await store.processes(named: []).isEmpty)
            let web = try await store.status(1)
            #expect(web.alarm && web.notes == "down" && !web.sound && web.raisedAt != nil && web.last == nil)
            let mail = try await store.status(2)
            #expect(!mail.alarm && mail.notes == nil && mail.raisedAt == nil)
        },
        Behaviour("an operator's alarm counts as raised, over one that stands too; unknown ids are left out") { scene in
            let store = try await opened(scene)
            try await store.setAlarm([1, 99], note: "set by ann")
            let first = try await alarm(1, in: store)
            #expect(first.notes == "set by ann" && first.raisedAt != nil)
            try await store.setAlarm([1], note: nil)
            let second = try await alarm(1, in: store)
            #expect(second.notes == "set by ann")
            #expect(try await store.complete(first.report()).alarm == .raisedAgain)
            #expect(try await store.complete(second.report("here-1-2")).alarm == .cleared)
        },
        Behaviour("an operator's clear leaves or writes the note") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: "down")
            try await scene.raise(2, note: "down")
            try await store.clearAlarm([1, 3, 99], note: nil)
            try await store.clearAlarm([2], note: "cleared by ann")
            #expect(try await scene.row(1) == StatusRow(alarm: false, notes: "down"))
            #expect(try await scene.row(2) == StatusRow(alarm: false, notes: "cleared by ann"))
            try await store.clearAlarm([1], note: "was clear already")
            #expect(try await scene.row(1).notes == "down")
        },
        Behaviour("a hold is seen with its alarm until it is released; a second one replaces the first") { scene in
            let store = try await opened(scene)
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
            #expect(history.map(\.detail) == ["by bob", "", "by ann: disk swap"])
            #expect(try await store.status(1).last == nil)
        },
        Behaviour("a reset closes the breaker, forgets its failures, and makes a new generation") { scene in
            let store = try await opened(scene)
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
            #expect(history.map(\.kind) == [.reset, .reset, .failed])
            #expect(try await store.status(1).last?.kind == .failed)
        },
        Behaviour("history is given the newest first, of those named, as many as asked for") { scene in
            let store = try await opened(scene)
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
            let store = try await opened(scene)
            #expect(try await store.addProcess(ProcessName("db"), id: nil) == 4)
            #expect(try await store.addProcess(ProcessName("queue"), id: 70) == 70)
            #expect(try await store.addProcess(ProcessName("cache"), id: nil) == 71)
            #expect(try await scene.row(70) == StatusRow(alarm: false, notes: nil))
            for (name, id) in [("db", nil), ("new", Int64(70))] {
                let error = try await #require(throws: StoreError.self) {
                    try await store.addProcess(ProcessName(name), id: id)
                }
                #expect(error.code == .duplicate)
            }
            #expect(try await store.processes(named: ["new"]).isEmpty)
        },
        Behaviour("a process that is removed leaves nothing behind for the next one of its id") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: "down")
            let alarm = try await alarm(1, in: store)
            #expect(try await store.claim(alarm.claimRequest()) == .claimed)
            _ = try await store.complete(alarm.report(breaker: CircuitBreaker(failures: 2)))
            try await store.hold([1], Hold(since: Timestamp(milliseconds: 0)))
            try await store.removeProcess(1)
            #expect(try await store.processes(named: nil).map(\.name) == ["a; name", "mail"])
            #expect(try await store.history(of: nil, limit: 10).isEmpty)
            _ = try await store.addProcess(ProcessName("web"), id: 1)
            let next = try await store.status(1)
            #expect(next.breaker == CircuitBreaker() && next.hold == nil && next.last == nil && !next.alarm)
        },
    ]
}
