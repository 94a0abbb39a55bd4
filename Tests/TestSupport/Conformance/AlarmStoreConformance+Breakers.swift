internal import MonitorCore
internal import Testing

extension AlarmStoreConformance {
    static let breakers = [
        Self("a process that never failed has a fresh breaker") { store in
            let alarm = try await store.addAlarm("web")
            #expect(alarm.breaker == CircuitBreaker())
            #expect(alarm.inFlight == nil)
        },
        Self("a beginning is seen in the next poll") { store in
            let alarm = try await store.addAlarm("web")
            #expect(try await store.begin(alarm, breaker: .opened))
            let after = try #require(try await store.poll().first)
            #expect(after.breaker == .opened)
            #expect(after.inFlight == InFlight(startedAt: .sample, instance: "one"))
        },
        Self("every state of a breaker survives") { store in
            let states: [CircuitBreaker.State] = [
                .closed, .open(until: .sample), .halfOpen(deadline: .sample + .days(1000)),
            ]
            for (number, state) in states.enumerated() {
                let breaker = CircuitBreaker(
                    state: state, failures: 7, generation: 1 << 40, openings: 5, provisionalSuccess: .sample)
                let alarm = try await store.addAlarm("web\(number)")
                #expect(try await store.begin(alarm, breaker: breaker))
                #expect(try await store.poll().first { $0.processID == alarm.processID }?.breaker == breaker)
            }
        },
        Self("a beginning on another generation is refused and writes nothing") { store in
            let alarm = try await store.addAlarm("web")
            try await store.reset([alarm.processID], by: "eva")
            #expect(try await store.begin(alarm, breaker: .opened) == false)
            let after = try #require(try await store.poll().first)
            #expect(after.breaker == CircuitBreaker(generation: 1))
            #expect(after.inFlight == nil)
        },
        Self("a beginning without an alarm is refused") { store in
            let alarm = try await store.addAlarm("web")
            try await store.clearAlarm([alarm.processID], note: nil)
            #expect(try await store.begin(alarm) == false)
            #expect(try await store.status(alarm.processID).inFlight == nil)
        },
        Self("a beginning of a process that is gone is refused") { store in
            let alarm = try await store.addAlarm("web")
            try await store.removeProcess(alarm.processID)
            #expect(try await store.begin(alarm) == false)
        },
        Self("a beginning written twice is one") { store in
            let alarm = try await store.addAlarm("web")
            let trial = CircuitBreaker(state: .halfOpen(deadline: .sample), generation: 1)
            #expect(try await store.begin(alarm, breaker: trial))
            #expect(try await store.begin(alarm, breaker: trial))
            #expect(try await store.begin(alarm, breaker: trial, instance: "two") == false)
        },
        Self("a recovery cut off by a crash can be begun again") { store in
            let alarm = try await store.addAlarm("web")
            #expect(try await store.begin(alarm, instance: "dead"))
            let found = try #require(try await store.poll().first)
            #expect(found.inFlight?.instance == "dead")
            #expect(try await store.begin(found, instance: "new"))
            #expect(try await store.poll().first?.inFlight?.instance == "new")
        },
        Self("the first beginning of a process can be its second generation") { store in
            let alarm = try await store.addAlarm("web")
            #expect(try await store.begin(alarm))
            #expect(try await store.begin(alarm, breaker: .opened))
            #expect(try await store.poll().first?.breaker == .opened)
        },
        Self("a reset closes the breaker, forgets failures and counts a generation") { store in
            let alarm = try await store.addAlarm("web")
            #expect(try await store.begin(alarm, breaker: .opened))
            try await store.reset([alarm.processID], by: "eva")
            let after = try #require(try await store.poll().first)
            #expect(after.breaker == CircuitBreaker(generation: 2))
            #expect(after.inFlight != nil, "the recovery goes on, its result no longer counts")
        },
        Self("a hold is seen in the poll until it is released") { store in
            let alarm = try await store.addAlarm("web")
            let hold = Hold(since: .sample, until: .sample + .seconds(60), reason: "disk change – 日本", by: "eva")
            try await store.hold([alarm.processID], hold)
            #expect(try await store.poll().first?.hold == hold)
            let forever = Hold(since: .sample)
            try await store.hold([alarm.processID], forever)
            #expect(try await store.poll().first?.hold == forever)
            try await store.release([alarm.processID], by: "eva")
            #expect(try await store.poll().first?.hold == nil)
        },
    ]
}

extension Duration {
    fileprivate static func days(_ count: Int) -> Duration { .seconds(count * 86400) }
}
