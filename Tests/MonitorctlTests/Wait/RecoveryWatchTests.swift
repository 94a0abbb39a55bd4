internal import MonitorCore
internal import MonitorStatus
internal import TestSupport
internal import Testing

@testable import monitorctl

@Suite struct RecoveryWatchTests {
    private static let daemon = DaemonState.running(Fixtures.beat())
    private static let times = TimeFormat(now: Fixtures.now, zone: .utc)
    private static let before = Fixtures.process(1, "httpd", last: Fixtures.entry("httpd", .failed, .seconds(86_400)))

    private static func alarm(
        breaker: CircuitBreaker = CircuitBreaker(), hold: Hold? = nil, claim: Claim? = nil,
        last: Event? = before.last
    ) -> ProcessStatus {
        Fixtures.process(
            1, "httpd", alarm: true, raised: .seconds(30), breaker: breaker, hold: hold, claim: claim, last: last)
    }

    /// What is printed at each reading, and the watch as it is then.
    private func observe(
        _ looks: [ProcessStatus], daemon: DaemonState = Self.daemon
    ) -> (lines: [[String]], watch: RecoveryWatch) {
        var watch = RecoveryWatch(before: [Self.before])
        let lines = looks.map {
            watch.observe([$0], daemon: daemon, times: Self.times, policy: { _ in BreakerPolicy() })
        }
        return (lines, watch)
    }

    @Test("a recovery is told from its beginning to the cleared alarm, each thing once")
    func recovered() {
        let flight = Claim(since: Fixtures.ago(.seconds(3)), instance: "web1-1")
        let recovered = Fixtures.entry(
            "httpd", .recovered, .zero, took: .milliseconds(3200), attempts: 1, detail: "unit httpd.service restarted")
        let (lines, watch) = observe([
            Self.alarm(), Self.alarm(claim: flight), Self.alarm(claim: flight),
            Fixtures.process(1, "httpd", last: recovered),
        ])
        #expect(
            lines == [
                [], ["httpd: recovery began 12:27:02"], [],
                ["httpd: recovered in 3.2 s: unit httpd.service restarted", "httpd: alarm cleared"],
            ])
        #expect(watch.awaited.isEmpty)
        #expect(watch.allRecovered)
    }

    @Test("a failure is told with its count, and ends the wait")
    func failed() {
        let failure = Fixtures.entry(
            "httpd", .failed, .zero, attempts: 2, detail: "attempt 1: no\nattempt 2: exit code 1")
        let (lines, watch) = observe([Self.alarm(breaker: CircuitBreaker(failures: 1), last: failure)])
        #expect(
            lines == [
                [
                    "httpd: recovery failed (1 of 3 failures): attempt 2: exit code 1",
                    "httpd: the alarm stands, and monitord tries again by itself",
                ]
            ])
        #expect(watch.awaited.isEmpty)
        #expect(!watch.allRecovered)
    }

    @Test("the failure of a recovery that was under way before is told, and the wait goes on")
    func failedBefore() {
        var before = Self.before
        before.claim = Claim(since: Fixtures.ago(.seconds(9)), instance: "web1-1")
        var watch = RecoveryWatch(before: [before])
        let failure = Fixtures.entry("httpd", .failed, .seconds(9), took: .seconds(4), attempts: 1, detail: "no")
        let lines = watch.observe(
            [Self.alarm(breaker: CircuitBreaker(failures: 1), last: failure)], daemon: Self.daemon, times: Self.times,
            policy: { _ in BreakerPolicy() })
        #expect(lines == ["httpd: recovery failed (1 of 3 failures): no"])
        #expect(watch.awaited == ["httpd"])
    }

    @Test("what ended before the next recovery began is told before it")
    func order() {
        let first = Claim(since: Fixtures.ago(.seconds(30)), instance: "web1-1")
        let next = Claim(since: Fixtures.ago(.seconds(1)), instance: "web1-1")
        let cutOff = Fixtures.entry("httpd", .interrupted, .seconds(30), took: .seconds(12), attempts: 1, detail: "x")
        let (lines, watch) = observe([Self.alarm(claim: first), Self.alarm(claim: next, last: cutOff)])
        #expect(
            lines == [
                ["httpd: recovery began 12:26:35"],
                ["httpd: recovery cut off: x", "httpd: recovery began 12:27:04"],
            ])
        #expect(watch.awaited == ["httpd"])
    }

    @Test("a relapse is told before the recovery that it leads to, and is no outcome")
    func relapse() {
        let claim = Claim(since: Fixtures.ago(.seconds(1)), instance: "web1-1")
        let relapse = Fixtures.entry("httpd", .relapsed, .seconds(1), detail: "after 3 s")
        let (lines, watch) = observe([Self.alarm(breaker: CircuitBreaker(failures: 1), claim: claim, last: relapse)])
        #expect(
            lines == [
                [
                    "httpd: in alarm again so soon that it counts as a failure (1 of 3): after 3 s",
                    "httpd: recovery began 12:27:04",
                ]
            ])
        #expect(watch.awaited == ["httpd"])
    }

    @Test(
        "where no recovery is to be expected, the wait ends",
        arguments: [
            (
                alarm(breaker: CircuitBreaker(state: .open(until: Fixtures.now + .seconds(60)), failures: 3)),
                "httpd: breaker open, next try 12:28:05 (in 1 min)"
            ),
            (
                alarm(hold: Hold(since: Fixtures.now, until: nil, reason: "tape change", by: "anna")),
                "httpd: held by anna: tape change"
            ),
            (
                alarm(last: Fixtures.entry("httpd", .refused, .zero, detail: "denied by the configuration")),
                "httpd: nothing is run for it"
            ),
        ])
    func givenUp(process: ProcessStatus, line: String) {
        let (lines, watch) = observe([process])
        #expect(lines[0].last == line)
        #expect(watch.awaited.isEmpty)
        #expect(!watch.allRecovered)
    }

    @Test("a breaker whose time is over lets a trial through: the wait goes on")
    func trialIsDue() {
        let due = CircuitBreaker(state: .open(until: Fixtures.now), failures: 3)
        #expect(observe([Self.alarm(breaker: due)]).watch.awaited == ["httpd"])
    }

    @Test("an alarm that an operator cleared is no recovery, once a second reading confirms it")
    func clearedByHand() {
        let clear = Fixtures.process(1, "httpd", last: Self.before.last)
        let (lines, watch) = observe([Self.alarm(), clear, clear])
        #expect(lines == [[], [], ["httpd: alarm cleared, though not by a recovery"]])
        #expect(!watch.allRecovered)
    }

    @Test("an alarm raised again while it was served goes on being awaited")
    func raisedAgain() {
        let recovered = Fixtures.entry("httpd", .recovered, .zero, took: .seconds(1), attempts: 1)
        let (lines, watch) = observe([
            Self.alarm(last: recovered), Fixtures.process(1, "httpd", last: recovered),
        ])
        #expect(lines == [["httpd: recovered in 1.0 s"], ["httpd: alarm cleared"]])
        #expect(watch.allRecovered)
    }

    @Test("without history, a cleared alarm is all that tells")
    func noHistory() {
        let (lines, watch) = observe([Fixtures.process(1, "httpd", notes: "Restarted")], daemon: .unknown)
        #expect(lines == [["httpd: alarm cleared: Restarted"]])
        #expect(watch.allRecovered)
    }

    @Test("a process that was removed meanwhile is awaited no more")
    func removed() {
        var watch = RecoveryWatch(before: [Self.before])
        let lines = watch.observe([], daemon: Self.daemon, times: Self.times, policy: { _ in BreakerPolicy() })
        #expect(lines == ["httpd: is monitored no more"])
        #expect(!watch.allRecovered)
    }
}
