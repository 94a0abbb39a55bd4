internal import MonitorCore
internal import Testing

extension AlarmStoreConformance {
    static let control = [
        Self("a process is added, listed and removed") { store in
            let first = try await store.addProcess(ProcessName("web"), id: nil)
            let second = try await store.addProcess(ProcessName("db"), id: nil)
            #expect(second == first + 1)
            let chosen = try await store.addProcess(ProcessName("app"), id: 500)
            #expect(chosen == 500)
            #expect(try await store.processes(named: nil).map(\.name) == ["app", "db", "web"])
            try await store.removeProcess(second)
            #expect(try await store.processes(named: nil).map(\.name) == ["app", "web"])
        },
        Self("a name or an id that is taken is refused") { store in
            _ = try await store.addProcess(ProcessName("web"), id: 5)
            await #expect { try await store.addProcess(ProcessName("web"), id: nil) } throws: {
                ($0 as? StoreError)?.code == .duplicate
            }
            await #expect { try await store.addProcess(ProcessName("db"), id: 5) } throws: {
                ($0 as? StoreError)?.code == .duplicate
            }
            #expect(try await store.processes(named: nil).count == 1)
        },
        Self("a removed process leaves nothing to one that gets its id") { store in
            let alarm = try await store.addAlarm("web")
            #expect(try await store.begin(alarm, breaker: .opened))
            try await store.hold([alarm.processID], Hold(since: .sample))
            _ = try await store.finish(.sample(of: alarm, .failed, clears: false, breaker: nil))
            try await store.removeProcess(alarm.processID)
            _ = try await store.addProcess(ProcessName("other"), id: alarm.processID)
            let status = try await store.status(alarm.processID)
            #expect(status.breaker == CircuitBreaker())
            #expect(status.hold == nil && status.last == nil && !status.alarm && status.notes == nil)
        },
        Self("processes are found by name, exactly") { store in
            _ = try await store.addProcess(ProcessName("web"), id: nil)
            _ = try await store.addProcess(ProcessName("db"), id: nil)
            #expect(try await store.processes(named: ["web", "nothing"]).map(\.name) == ["web"])
            #expect(try await store.processes(named: ["WEB"]).isEmpty)
            #expect(try await store.processes(named: []).isEmpty)
            #expect(try await store.processes(named: ["' OR '1'='1"]).isEmpty)
        },
        Self("the status tells everything of a process") { store in
            let alarm = try await store.addAlarm("web")
            #expect(try await store.begin(alarm, breaker: .opened))
            let hold = Hold(since: .sample, reason: "work", by: "eva")
            try await store.hold([alarm.processID], hold)
            let status = try await store.status(alarm.processID)
            #expect(status.name == "web" && status.alarm && !status.sound && status.notes == "down")
            #expect(status.raisedAt != nil)
            #expect(status.breaker == .opened && status.hold == hold)
            #expect(status.inFlight == InFlight(startedAt: .sample, instance: "one"))
            #expect(status.last == nil, "an operator's doing is no recovery")
        },
        Self("a cleared alarm has no beginning") { store in
            let alarm = try await store.addAlarm("web")
            try await store.clearAlarm([alarm.processID], note: "cleared")
            let status = try await store.status(alarm.processID)
            #expect(!status.alarm && status.raisedAt == nil && status.notes == "cleared")
            #expect(try await store.poll().isEmpty)
        },
        Self("clearing what is not in alarm changes nothing") { store in
            let id = try await store.addProcess(ProcessName("web"), id: nil)
            try await store.clearAlarm([id], note: "cleared")
            #expect(try await store.status(id).notes == nil)
        },
        Self("a process that does not exist is passed over") { store in
            let id = try await store.addProcess(ProcessName("web"), id: nil)
            try await store.setAlarm([id, 999], note: nil)
            try await store.clearAlarm([999], note: nil)
            try await store.reset([999], by: "eva")
            try await store.hold([999], Hold(since: .sample))
            try await store.release([999], by: "eva")
            try await store.removeProcess(999)
            #expect(try await store.poll().map(\.processID) == [id])
            #expect(try await store.history(of: nil, limit: 10).isEmpty)
        },
        Self("the history tells the newest first, of all or of some, up to a limit") { store in
            let web = try await store.addAlarm("web")
            let db = try await store.addAlarm("db")
            for number in 1...3 {
                _ = try await store.finish(.sample(of: web, id: "one-\(number)", .failed, clears: false))
            }
            _ = try await store.finish(.sample(of: db, id: "one-4"))
            #expect(try await store.history(of: nil, limit: 2).map(\.processName) == ["db", "web"])
            #expect(try await store.history(of: ["web"], limit: 10).map(\.kind) == [.failed, .failed, .failed])
            #expect(try await store.history(of: [], limit: 10).isEmpty)
            #expect(try await store.history(of: nil, limit: 0).isEmpty)
        },
        Self("the history tells what operators did") { store in
            let id = try await store.addProcess(ProcessName("web"), id: nil)
            try await store.reset([id], by: "eva")
            try await store.hold([id], Hold(since: .sample, reason: "work", by: "eva"))
            try await store.release([id], by: "eva")
            try await store.release([id], by: "eva")
            let entries = try await store.history(of: ["web"], limit: 10)
            #expect(entries.map(\.kind) == [.released, .held, .reset])
            #expect(entries.map(\.detail) == ["by eva", "by eva: work", "by eva"])
        },
        Self("a beat drops the history that is past its retention, and only that") { store in
            let alarm = try await store.addAlarm("web")
            let old = Timestamp.wallClock() + .seconds(-91 * 86400)
            _ = try await store.finish(.sample(of: alarm, id: "one-1", .failed, clears: false, at: old))
            _ = try await store.finish(.sample(of: alarm, id: "one-2", .failed, clears: false))
            try await store.beat(.sample())
            #expect(try await store.history(of: nil, limit: 10).count == 1)
        },
        Self("the last beat is the one that counts") { store in
            #expect(try await store.daemon() == nil)
            try await store.beat(.sample(instance: "one"))
            try await store.beat(.sample(instance: "two", state: .stopped))
            #expect(try await store.daemon() == .sample(instance: "two", state: .stopped))
        },
    ]
}
