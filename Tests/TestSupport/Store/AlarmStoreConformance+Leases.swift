internal import MonitorCore
internal import Testing

extension AlarmStoreConformance {
    private static let noon = SteadyWallClock().now()

    /// Two daemons on one store: never both recover one process.
    static let leases: [Behaviour] = [
        Behaviour("what a daemon that is alive has begun, no other begins") { scene in
            let (first, second) = (try await opened(scene), try await opened(scene))
            try await first.beat(.example("here-1", at: noon))
            try await second.beat(.example("here-2", at: noon))
            try await scene.raise(1, note: nil)
            let alarm = try await alarm(1, in: second)
            #expect(try await first.begin(alarm.start(by: "here-1", at: noon)) == .begun)
            #expect(try await second.begin(alarm.start(by: "here-2", at: noon)) == .busy(instance: "here-1"))
            #expect(try await second.status(1).inFlight?.instance == "here-1")
            _ = try await first.finish(alarm.report("here-1-1", by: "here-1", outcome: .failed))
            #expect(try await second.begin(alarm.start(by: "here-2", at: noon)) == .begun)
        },
        Behaviour("of daemons that begin at the same moment, one does") { scene in
            try await scene.raise(1, note: nil)
            let stores = try await withThrowingTaskGroup(of: (any AlarmStore).self) { group in
                for number in 0..<6 {
                    group.addTask {
                        let store = try await opened(scene)
                        try await store.beat(.example("here-\(number)", at: noon))
                        return store
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let alarm = try await alarm(1, in: try await opened(scene))
            let results = try await withThrowingTaskGroup(of: BeginResult.self) { group in
                for (number, store) in stores.enumerated() {
                    group.addTask { try await store.begin(alarm.start(by: "here-\(number)", at: noon)) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.filter { $0 == .begun }.count == 1)
            let holder = try #require(try await opened(scene).status(1).inFlight?.instance)
            #expect(results.filter { $0 == .busy(instance: holder) }.count == 5)
        },
        Behaviour("what a daemon has begun that signed off, is overdue or never signed, the next one takes over") {
            scene in
            let store = try await opened(scene)
            let late = noon + .seconds(61)
            let beats: [DaemonBeat?] = [
                .example("here-1", .stopped, at: noon, lasts: .seconds(3600)), .example("here-1", at: noon), nil,
            ]
            for (number, beat) in beats.enumerated() {
                let id = Int64(number + 1)
                let other = beat?.daemon.instance ?? "here-0"
                if let beat { try await store.beat(beat) }
                try await scene.raise(id, note: nil)
                let alarm = try await alarm(id, in: store)
                #expect(try await store.begin(alarm.start(by: other, at: noon)) == .begun)
                #expect(try await store.begin(alarm.start(by: "here-2", at: late)) == .begun)
                #expect(try await store.status(id).inFlight?.instance == "here-2")
            }
        },
        Behaviour("a daemon that is gone is waited for no longer than a lease, also where the clock was set back since")
        {
            scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: nil)
            let alarm = try await alarm(1, in: store)
            try await store.beat(.example("here-1", at: noon))
            #expect(try await store.begin(alarm.start(by: "here-1", at: noon)) == .begun)
            let before = noon + .seconds(-5 * 86400)
            #expect(try await store.begin(alarm.start(by: "here-2", at: before)) == .begun)
        },
        Behaviour("a daemon that signs by a clock that was set back forgets no other that does") { scene in
            let (first, second) = (try await opened(scene), try await opened(scene))
            let before = noon + .seconds(-5 * 86400)
            try await scene.raise(1, note: nil)
            let alarm = try await alarm(1, in: second)
            try await first.beat(.example("here-1", at: before))
            #expect(try await first.begin(alarm.start(by: "here-1", at: before)) == .begun)
            try await second.beat(.example("here-2", at: before))
            #expect(try await second.begin(alarm.start(by: "here-2", at: before)) == .busy(instance: "here-1"))
        },
        Behaviour("a daemon that was taken for dead and reports late does not end the other's recovery") { scene in
            let store = try await opened(scene)
            try await scene.raise(1, note: nil)
            let alarm = try await alarm(1, in: store)
            #expect(try await store.begin(alarm.start(by: "here-1", at: noon)) == .begun)
            try await store.beat(.example("here-2", at: noon))
            #expect(try await store.begin(alarm.start(by: "here-2", at: noon)) == .begun)
            _ = try await store.finish(alarm.report("here-1-1", by: "here-1", outcome: .failed))
            #expect(try await store.status(1).inFlight?.instance == "here-2")
            #expect(try await store.begin(alarm.start(by: "here-3", at: noon)) == .busy(instance: "here-2"))
            _ = try await store.finish(alarm.report("here-2-1", by: "here-2", outcome: .failed))
            #expect(try await store.status(1).inFlight == nil)
        },
        Behaviour("the daemon that is shown is the one that is alive, or the last one that was") { scene in
            let store = try await opened(scene)
            #expect(try await store.daemon() == nil)
            let now = SteadyWallClock().now()
            let first = DaemonBeat.example("here-1", at: now, startedAt: now + .seconds(-20))
            let second = DaemonBeat.example("here-2", at: now, startedAt: now + .seconds(-10))
            try await store.beat(first)
            #expect(try await store.daemon() == first)
            try await store.beat(second)
            #expect(try await store.daemon() == second)
            var stopped = second
            stopped.state = .stopped
            try await store.beat(stopped)
            #expect(try await store.daemon() == first)
            try await store.beat(.example("here-1", .stopped, at: now, startedAt: first.startedAt))
            #expect(try await store.daemon() == stopped)
        },
        Behaviour("a daemon that is gone for long is forgotten when another signs") { scene in
            let store = try await opened(scene)
            let now = SteadyWallClock().now()
            try await store.beat(.example("old", at: now + .seconds(-7200)))
            #expect(try await store.daemon()?.daemon.instance == "old")
            try await store.beat(.example("new", .stopped, at: now, startedAt: Timestamp(milliseconds: 0)))
            #expect(try await store.daemon()?.daemon.instance == "new")
        },
    ]
}
