internal import MonitorCore
internal import MonitorStatus
internal import TestSupport
internal import Testing

@Suite struct StatusJSONTests {
    @Test("the keys and their order are those of the contract")
    func shape() {
        let report = Fixtures.report([Fixtures.mysqld, Fixtures.process(1, "sshd")])
        #expect(
            report.json(now: Fixtures.now).text == """
                {"host":"web1","daemon":{"state":"running","version":"1.0.0","lastPoll":"2026-03-01T12:27:01.000Z",\
                "lastHeartbeat":"2026-03-01T12:27:01.000Z"},\
                "processes":[{"id":2,"name":"mysqld","alarm":true,"sound":false,"notes":"Failed 12:01:05: 2 attempts: unit \
                mysqld.service: exit code 1, disk full? 次の試行は十二時三十一分","breaker":{"state":"open","failures":3,\
                "until":"2026-03-01T12:31:10.000Z","reason":null},"lastRecovery":{"at":"2026-03-01T12:01:05.000Z",\
                "outcome":"failed","durationSeconds":14.25,"endedAt":"2026-03-01T12:01:19.250Z"},"checks":[]},{"id":1,"name":"sshd","alarm":false,"sound":false,\
                "notes":null,"breaker":{"state":"closed","failures":0,"until":null,"reason":null},"lastRecovery":null,"checks":[]}],\
                "unserved":[]}
                """)
    }

    @Test("a hold that is in force stands in the place of the breaker")
    func hold() {
        let hold = Hold(
            since: Fixtures.ago(.seconds(10)), until: Fixtures.now + .seconds(5), reason: "x\"y", by: "anna")
        let process = Fixtures.process(1, "backup", hold: hold)
        let held = Fixtures.report([process]).json(now: Fixtures.now).text
        #expect(
            held.contains(
                #""breaker":{"state":"held","failures":0,"until":"2026-03-01T12:27:10.000Z","reason":"x\"y"}"#))
        let later = Fixtures.report([process]).json(now: Fixtures.now + .seconds(5)).text
        #expect(later.contains(#""breaker":{"state":"closed","failures":0,"until":null,"reason":null}"#))
    }

    @Test(
        "the daemon's state is a word",
        arguments: [
            (
                DaemonState.neverSeen,
                #""daemon":{"state":"never_seen","version":null,"lastPoll":null,"lastHeartbeat":null}"#
            ),
            (.unknown, #""daemon":{"state":"unknown","version":null,"lastPoll":null,"lastHeartbeat":null}"#),
            (
                .silent(Fixtures.beat()),
                #""daemon":{"state":"silent","version":"1.0.0","lastPoll":"2026-03-01T12:27:01.000Z","lastHeartbeat":"2026-03-01T12:27:01.000Z"}"#
            ),
        ])
    func daemon(life: DaemonState, json: String) {
        let report = StatusReport(host: "h", daemon: life, processes: [], now: Fixtures.now)
        #expect(report.json(now: Fixtures.now).text.contains(json))
    }
}
