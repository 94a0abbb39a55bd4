internal import MonitorCore
internal import MonitorStatus
internal import TestSupport
internal import Testing

@Suite struct ProcessStateTests {
    private static let now = Fixtures.now
    private static let hold = Hold(since: now, until: nil, reason: nil, by: nil)
    private static let flight = Claim(since: now, instance: "web1-1")
    private static let open = CircuitBreaker(state: .open(until: now + .seconds(60)), failures: 3)
    private static func refused(_ age: Duration) -> Event { Fixtures.entry("x", .refused, age) }

    @Test(
        "what counts most for an operator is shown",
        arguments: [
            (Fixtures.process(1, "x"), .ok),
            (Fixtures.process(1, "x", last: refused(.seconds(1))), .ok),
            (Fixtures.process(1, "x", alarm: true), .alarm(since: nil)),
            (Fixtures.process(1, "x", alarm: true, raised: .zero), .alarm(since: now)),
            (Fixtures.process(1, "x y", alarm: true), .refused),
            (Fixtures.process(1, "x", alarm: true, raised: .seconds(9), last: refused(.seconds(8))), .refused),
            (
                Fixtures.process(1, "x", alarm: true, raised: .seconds(7), last: refused(.seconds(8))),
                .alarm(since: Fixtures.ago(.seconds(7)))
            ),
            (Fixtures.process(1, "x", alarm: true, breaker: open), .breakerOpen(until: now + .seconds(60))),
            (Fixtures.process(1, "x", breaker: open), .okBehindBreaker(until: now + .seconds(60))),
            (Fixtures.process(1, "x", alarm: true, breaker: open, hold: hold), .held(hold, inAlarm: true)),
            (Fixtures.process(1, "x", alarm: true, hold: hold, claim: flight), .recovering(since: now)),
            (
                Fixtures.process(1, "x", hold: Hold(since: Fixtures.ago(.seconds(9)), until: now)), .ok
            ),
        ] as [(ProcessStatus, ProcessState)])
    func condition(process: ProcessStatus, expected: ProcessState) {
        #expect(ProcessState(of: process, daemon: .running(Fixtures.beat()), now: Self.now) == expected)
    }

    @Test(
        "a recovery that no living daemon runs is none",
        arguments: [DaemonState.neverSeen, .silent(Fixtures.beat()), .stopped(Fixtures.beat()), .unknown])
    func cutOff(daemon: DaemonState) {
        let process = Fixtures.process(1, "x", alarm: true, claim: Self.flight)
        #expect(ProcessState(of: process, daemon: daemon, now: Self.now) == .alarm(since: nil))
    }

    @Test("a daemon that is known to be gone is not running, whatever its heartbeat says")
    func killed() {
        #expect(DaemonState(Fixtures.beat(), now: Self.now) == .running(Fixtures.beat()))
        #expect(DaemonState(Fixtures.beat(), now: Self.now, hasExited: true) == .silent(Fixtures.beat()))
        let earlier = Self.now + .seconds(-86400)
        #expect(DaemonState(Fixtures.beat(), now: earlier) == .silent(Fixtures.beat()), "its clock was another one")
    }

    @Test("a recovery that another instance began is none")
    func otherInstance() {
        let process = Fixtures.process(1, "x", alarm: true, claim: Claim(since: Self.now, instance: "old"))
        #expect(ProcessState(of: process, daemon: .running(Fixtures.beat()), now: Self.now) == .alarm(since: nil))
    }
}
