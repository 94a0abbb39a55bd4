internal import MonitorCore
internal import Testing

extension AlarmStoreConformance {
    static let alarms = [
        Self("a store without processes has no alarms") { store in
            let found = try await store.poll()
            #expect(found.isEmpty)
        },
        Self("a poll finds the alarms alone, in order of id") { store in
            _ = try await store.addProcess(ProcessName("b"), id: 20)
            _ = try await store.addProcess(ProcessName("idle"), id: 10)
            _ = try await store.addProcess(ProcessName("a"), id: 30)
            try await store.setAlarm([30, 20], note: "down")
            let alarms = try await store.poll()
            #expect(alarms.map(\.processID) == [20, 30])
            #expect(alarms.map(\.name) == ["b", "a"])
            #expect(alarms.map(\.notes) == ["down", "down"])
        },
        Self("an alarm without a note has none") { store in
            let alarm = try await store.addAlarm("web", note: nil)
            #expect(alarm.notes == nil)
        },
        Self("a note keeps every character") { store in
            let note = "naïve 日本 🐘 'quoted' \"twice\" \\ % _ \n\t;--"
            let alarm = try await store.addAlarm("web", note: note)
            #expect(alarm.notes == note)
        },
        Self("an alarm knows since when it stands") { store in
            let before = Timestamp.wallClock()
            let raisedAt = try #require(try await store.addAlarm("web").raisedAt)
            let after = Timestamp.wallClock()
            // A second for a slow answer, and for two clocks that count in milliseconds.
            #expect(raisedAt >= before + .seconds(-1) && raisedAt <= after + .seconds(1))
        },
        Self("an alarm raised while it stands is newer") { store in
            let first = try await store.addAlarm("web")
            let second = try await store.raise(first.processID)
            #expect(try #require(second.revision) > #require(first.revision))
        },
        Self("an alarm raised after it was cleared is newer") { store in
            let first = try await store.addAlarm("web")
            try await store.clearAlarm([first.processID], note: nil)
            let second = try await store.raise(first.processID)
            #expect(try #require(second.revision) > #require(first.revision))
        },
        Self("the monitor's own note does not make an alarm newer") { store in
            let alarm = try await store.addAlarm("web")
            _ = try await store.finish(.sample(of: alarm, .failed, clears: false, note: "failed"))
            let after = try #require(try await store.poll().first)
            #expect(after.revision == alarm.revision)
            #expect(after.notes == "failed")
        },
        Self("the store can be closed and goes on") { store in
            let alarm = try await store.addAlarm("web")
            await store.close()
            #expect(try await store.poll().map(\.processID) == [alarm.processID])
            _ = try await store.open()
            #expect(try await store.poll().map(\.processID) == [alarm.processID])
        },
        Self("opening twice is opening once") { store in
            let first = try await store.open()
            #expect(try await store.open() == first)
            #expect(first.countsRevisions)
            #expect(first.remarks.isEmpty)
        },
        Self("tasks may call at the same time") { store in
            let alarm = try await store.addAlarm("web")
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await store.poll().count } }
                for number in 0..<20 {
                    group.addTask {
                        let report = RecoveryReport.sample(of: alarm, id: "one-\(number)", .failed, clears: false)
                        return try await store.finish(report).alarm == .untouched ? 1 : 0
                    }
                }
                for try await count in group { #expect(count == 1) }
            }
            #expect(try await store.history(of: nil, limit: 100).count == 20)
        },
    ]
}
