internal import MonitorCore
internal import Testing

extension AlarmStoreConformance {
    private static let noon = SteadyWallClock().now()

    /// Two daemons on one store: never both recover one process.
    static let leases: [Behaviour] = [
        Behaviour("what a daemon that is alive has begun, no other begins") { scene in
            let (first, second) = (try await opened(scene), try await opened(scene))
            try await first.heartbeat(.example("here-1", at: noon))
            try await second.heartbeat(.example("here-2", at: noon))
            try await scene.raise(1, note: nil)
            let alarm = try await alarm(1, in: second)
            #expect(try await first.claim(alarm.claimRequest(by: "here-1", at: noon)) == .claimed)
            #expect(try await second.claim(alarm.claimRequest(by: "here-2", at: noon)) == .heldBy(instance: "here-1"))
            #expect(try await AlarmStoreConformance.alarm(1, in: second).claim?.instance == "here-1")
            _ = try await first.complete(alarm.report("here-1-1", by: "here-1", outcome: .failed))
            #expect(try await second.claim(alarm.claimRequest(by: "here-2", at: noon)) == .claimed)
        },
        Behaviour("of daemons that begin at the same moment, one does") { scene in
            try await scene.raise(1, note: nil)
            let stores = try await withThrowingTaskGroup(of: (any AlarmStore).self) { group in
                for number in 0..<6 {
                    group.addTask {
                        let store = try await opened(scene)
                        try await store.heartbeat(.example("here-\(number)", at: noon))
                        return store
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let alarm = try await alarm(1, in: try await opened(scene))
            let results = try await withThrowingTaskGroup(of: ClaimResult.self) { group in
                for (number, store) in stores.enumerated() {
                    group.addTask { try await store.claim(alarm.claimRequest(by: "here-\(number)", at: noon)) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.filter { $0 == .claimed }.count == 1)
            let holder = try #require(try await AlarmStoreConformance.alarm(1, in: stores[0]).claim?.instance)
            #expect(results.filter { $0 == .heldBy(instance: holder) }.count == 5)
        },
        Behaviour("what a daemon has begun that signed off, is overdue or never signed, the next one takes over") {
            scene in
            let store = try await opened(scene)
            let late = noon + .seconds(61)
            let beats: [Heartbeat?] = [
                .example("here-1", .stopped, at: noon, lasts: .seconds(3600)), .example("here-1", at: noon), nil,
            ]
            for (number, beat) in beats.enumerated() {
                let id = Int64(number + 1)
                let other = beat?.daemon.instance ?? "here-0"
                if let beat { try await store.heartbeat(beat) }
                try await scene.raise(id, note: nil)
                let alarm = try await alarm(id, in: store)
                #expect(try await store.claim(alarm.claimRequest(by: other, at: noon)) == .claimed)
                #expect(try await store.claim(alarm.claimRequest(by: "here-2", at: late)) == .claimed)
                #expect(try await AlarmStoreConformance.alarm(id, in: store).claim?.instance == "here-2")
            }
        },
        Behaviour("a daemon that is gone is waited for no longer than a lease, also where the clock was set back since")
        {
            scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: nil)
            let alarm = try await alarm(1, in: store)
            try await store.heartbeat(.example("here-1", at: noon))
            #expect(try await store.claim(alarm.claimRequest(by: "here-1", at: noon)) == .claimed)
            let before = noon + .seconds(-5 * 86400)
            #expect(try await store.claim(alarm.claimRequest(by: "here-2", at: before)) == .claimed)
        },
        Behaviour("a daemon that signs by a clock that was set back forgets no other that does") { scene in
            let (first, second) = (try await opened(scene), try await opened(scene))
            let before = noon + .seconds(-5 * 86400)
            try await scene.raise(1, note: nil)
            let alarm = try await alarm(1, in: second)
            try await first.heartbeat(.example("here-1", at: before))
            #expect(try await first.claim(alarm.claimRequest(by: "here-1", at: before)) == .claimed)
            try await second.heartbeat(.example("here-2", at: before))
            #expect(try await second.claim(alarm.claimRequest(by: "here-2", at: before)) == .heldBy(instance: "here-1"))
        },
        Behaviour("a daemon that was taken for dead and reports late does not end the other's recovery") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: nil)
            let alarm = try await alarm(1, in: store)
            #expect(try await store.claim(alarm.claimRequest(by: "here-1", at: noon)) == .claimed)
            try await store.heartbeat(.example("here-2", at: noon))
            #expect(try await store.claim(alarm.claimRequest(by: "here-2", at: noon)) == .claimed)
            _ = try await store.complete(alarm.report("here-1-1", by: "here-1", outcome: .failed))
            #expect(try await AlarmStoreConformance.alarm(1, in: store).claim?.instance == "here-2")
            #expect(try await store.claim(alarm.claimRequest(by: "here-3", at: noon)) == .heldBy(instance: "here-2"))
            _ = try await store.complete(alarm.report("here-2-1", by: "here-2", outcome: .failed))
            #expect(try await AlarmStoreConformance.alarm(1, in: store).claim == nil)
        },
    ]
}
