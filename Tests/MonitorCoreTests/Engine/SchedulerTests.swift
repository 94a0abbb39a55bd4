import Testing

@testable import MonitorCore

@Suite struct SchedulerTests {
    let now = Timestamp(milliseconds: 1_700_000_000_000)
    var rules: Scheduler.Rules {
        var configuration = EngineSettings()
        configuration.maxRestartFailures = 3
        return Scheduler.Rules(settings: configuration, instance: "me")
    }

    func take(
        _ alarms: [Alarm], into scheduler: inout Scheduler, rules: Scheduler.Rules? = nil, after: Duration = .zero,
        blocked: Set<Int64> = []
    ) -> Scheduler.Plan {
        scheduler.take(
            alarms, rules: rules ?? self.rules, blocked: blocked, at: now + after, jitter: { 0 })
    }

    @Test func `an alarm becomes a job, and starts when there is room`() {
        var scheduler = Scheduler()
        _ = take([Alarm(processID: 1, name: "a"), Alarm(processID: 2, name: "b")], into: &scheduler)
        let first = scheduler.next(limit: 1)
        #expect(first?.name.rawValue == "a")
        let none = scheduler.next(limit: 1)
        #expect(none == nil)
        let second = scheduler.next(limit: 2)
        #expect(second?.name.rawValue == "b")
    }

    @Test func `a process in recovery is left alone, and so is one that was when the poll began`() throws {
        var scheduler = Scheduler()
        let alarm = Alarm(processID: 1, name: "a")
        _ = take([alarm], into: &scheduler)
        let next = scheduler.next(limit: 4)
        let job = try #require(next)
        _ = take([alarm], into: &scheduler)
        #expect(scheduler.waiting.isEmpty)
        scheduler.ended(job)
        _ = take([alarm], into: &scheduler, blocked: [job.id])
        #expect(scheduler.waiting.isEmpty)
        _ = take([alarm], into: &scheduler)
        #expect(scheduler.waiting.count == 1)
    }

    @Test func `where it observes, what would be done is told once, with an event and nothing else`() throws {
        var scheduler = Scheduler()
        var observing = rules
        observing.settings.mode = .observe
        let alarm = Alarm(processID: 1, name: "a", notes: "down")
        let bad = Alarm(processID: 2, name: "a; touch /x", notes: "down")
        let plan = take([alarm, bad], into: &scheduler, rules: observing)
        #expect(scheduler.waiting.isEmpty && plan.denials.map(\.denial.code) == [.observe, .name])
        #expect(plan.completions.map(\.outcome) == [.refused, .refused])
        #expect(plan.completions.map(\.code) == [.observed, nil])
        #expect(plan.completions.allSatisfy { $0.note == nil && !$0.clearsAlarm && $0.breaker == nil })
        #expect(take([alarm, bad], into: &scheduler, rules: observing).completions.isEmpty)
        // Told to act, it does.
        _ = take([alarm, bad], into: &scheduler)
        #expect(scheduler.waiting.map(\.id) == [1])
    }

    @Test func `where it observes, a relapse changes no breaker`() {
        var scheduler = Scheduler()
        var observing = rules
        observing.settings.mode = .observe
        var alarm = Alarm(processID: 1, name: "a", raisedAt: now)
        alarm.breaker = CircuitBreaker(failures: 2, provisionalSuccess: now)
        let plan = take([alarm], into: &scheduler, rules: observing, after: .seconds(1))
        #expect(plan.relapses.isEmpty && plan.completions.allSatisfy { $0.breaker == nil })
        #expect(scheduler.waiting.isEmpty)
    }

    @Test func `two rows with one name are one recovery`() {
        var scheduler = Scheduler()
        _ = take([Alarm(processID: 1, name: "a"), Alarm(processID: 2, name: "a")], into: &scheduler)
        #expect(scheduler.waiting.count == 1)
    }

    @Test(arguments: ["a; touch /x", "--help", "", nil])
    func `a name that is refused gets a note and one log line, and nothing runs`(name: String?) throws {
        var scheduler = Scheduler()
        let alarm = Alarm(processID: 1, name: name)
        let plan = take([alarm, Alarm(processID: 2, name: "good")], into: &scheduler)
        #expect(plan.news.count == 1)
        let report = try #require(plan.completions.first)
        #expect(report.outcome == .refused && !report.clearsAlarm && report.breaker == nil)
        #expect(scheduler.waiting.map(\.name.rawValue) == ["good"])
        // Seen again, with its note: nothing more to say or to write, by this daemon or by the next.
        var noted = alarm
        noted.notes = report.note
        let again = take([noted], into: &scheduler)
        #expect(again.news.isEmpty && again.completions.isEmpty)
        var next = Scheduler()
        #expect(take([noted], into: &next).completions.isEmpty)
    }

    @Test func `allow and deny decide, deny first`() {
        var rules = rules
        rules.settings.allow = ["web*"]
        rules.settings.deny = ["web9"]
        var scheduler = Scheduler()
        let alarms = ["web1", "web9", "db"].enumerated().map { Alarm(processID: Int64($0), name: $1) }
        let plan = take(alarms, into: &scheduler, rules: rules)
        #expect(scheduler.waiting.map(\.name.rawValue) == ["web1"])
        #expect(plan.news.count == 2)
        #expect(plan.completions.isEmpty, "another host may be the one that serves them")
    }

    @Test func `an open breaker is announced once, and says when to look again`() {
        let breaker = CircuitBreaker(state: .open(until: now + .seconds(50)), failures: 3, generation: 1)
        let alarm = Alarm(processID: 1, name: "a", breaker: breaker)
        var scheduler = Scheduler()
        let plan = take([alarm], into: &scheduler)
        #expect(plan.news.count == 1 && plan.breakersOpen == 1)
        #expect(plan.nextPoll == now + .seconds(50))
        #expect(take([alarm], into: &scheduler).news.isEmpty)
        #expect(scheduler.waiting.isEmpty)
        _ = take([alarm], into: &scheduler, after: .seconds(50))
        #expect(scheduler.waiting.first?.isTrial == true)
    }

    @Test func `a held process waits for its release or its end`() {
        var alarm = Alarm(processID: 1, name: "a")
        alarm.hold = Hold(since: now, until: now + .seconds(10))
        var scheduler = Scheduler()
        #expect(take([alarm], into: &scheduler).nextPoll == now + .seconds(10))
        #expect(scheduler.waiting.isEmpty)
        _ = take([alarm], into: &scheduler, after: .seconds(10))
        #expect(scheduler.waiting.count == 1)
    }

    @Test func `a relapse that opens the breaker is written down`() throws {
        let breaker = CircuitBreaker(failures: 2, provisionalSuccess: now + .seconds(-5))
        var scheduler = Scheduler()
        let plan = take([Alarm(processID: 1, name: "a", breaker: breaker)], into: &scheduler)
        let report = try #require(plan.completions.first)
        #expect(report.outcome == .relapsed && report.breaker?.failures == 3 && report.expectedGeneration == 0)
        #expect(scheduler.waiting.isEmpty)
    }

    @Test func `those that failed before go last, then the oldest alarm goes first`() {
        let alarms = [
            Alarm(processID: 1, name: "failed", raisedAt: now + .seconds(-90), breaker: CircuitBreaker(failures: 1)),
            Alarm(processID: 2, name: "young", raisedAt: now + .seconds(-1)),
            Alarm(processID: 3, name: "old", raisedAt: now + .seconds(-60)),
        ]
        var scheduler = Scheduler()
        _ = take(alarms, into: &scheduler)
        #expect(scheduler.waiting.map(\.name.rawValue) == ["old", "young", "failed"])
    }

    @Test func `a recovery that this daemon did not begin is taken up`() {
        let breaker = CircuitBreaker(state: .halfOpen(deadline: now + .seconds(100)), failures: 3, generation: 2)
        var alarm = Alarm(processID: 1, name: "a", breaker: breaker)
        alarm.claim = Claim(since: now, instance: "dead")
        var scheduler = Scheduler()
        _ = take([alarm], into: &scheduler)
        #expect(scheduler.waiting.first?.isTrial == true)
    }
}

extension Scheduler.Plan {
    /// What is told of a poll.
    fileprivate var news: [Scheduler.Denied] { denials.filter(\.isNew) }
}
