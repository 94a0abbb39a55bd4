internal import MonitorCore
internal import MonitorStatus
internal import TestSupport
internal import Testing

@testable import monitorctl

/// What a plugin's line says, by the state of the host.
@Suite struct NagiosResultTests {
    private let times = TimeFormat(now: Fixtures.now, zone: .utc)

    private func result(
        _ processes: [ProcessStatus], beat: Heartbeat? = Fixtures.beat(),
        thresholds: NagiosResult.Thresholds = .init()
    ) -> NagiosResult {
        NagiosResult(Fixtures.report(processes, beat: beat), thresholds: thresholds, times: times)
    }

    private static let calm = Fixtures.process(1, "sshd")
    private static let alarmed = Fixtures.process(
        4, "worker", alarm: true, notes: "queue | stuck", raised: .seconds(180))
    private static let held = Fixtures.process(
        6, "backup", hold: Hold(since: Fixtures.ago(.seconds(60)), until: nil, reason: "tape change", by: "anna"))

    @Test(
        "each state has its status",
        arguments: [
            ([calm], NagiosResult.Status.ok), ([], .ok), ([calm, held], .ok), ([calm, alarmed], .warning),
            ([alarmed, Fixtures.mysqld], .critical),
            ([Fixtures.process(8, "日本語サービス", alarm: true)], .critical),
        ])
    func status(processes: [ProcessStatus], expected: NagiosResult.Status) {
        #expect(result(processes).status == expected)
    }

    @Test(
        "without a daemon nothing is well, even where nothing is in alarm",
        arguments: [nil, Fixtures.beat(.stopped)] as [Heartbeat?])
    func daemonDown(beat: Heartbeat?) {
        let result = result([Self.calm], beat: beat)
        #expect(result.status == .critical)
        #expect(result.text.contains("NOT RUNNING"))
    }

    @Test("the line says what is worst, and the numbers follow the only bar in it")
    func line() {
        let output = result([Self.calm, Self.alarmed, Self.held]).output
        #expect(
            output == """
                MONITORD WARNING: 3 processes: 1 in alarm, 1 held, 1 ok: worker ALARM for 3 min | alarms=1;;;0;3 \
                breakers_open=0;;;0 refused=0;;;0 recovering=0;;;0 held=1;;;0 processes=3;;;0
                worker: ALARM for 3 min (since 12:24:05) (queue / stuck)

                """)
    }

    @Test(
        "thresholds count alarms",
        arguments: [
            ("0", "", NagiosResult.Status.warning), ("", "0", .critical), ("5", "10", .warning),
            ("@1:1", "@1:1", .critical),
        ])
    func thresholds(warning: String, critical: String, expected: NagiosResult.Status) {
        let limits = NagiosResult.Thresholds(
            warning: NagiosRange(warning), critical: NagiosRange(critical))
        #expect(result([Self.alarmed], thresholds: limits).status == expected)
    }

    @Test("a thousand processes in trouble fit into what every Nagios reads")
    func limit() {
        let many = (1...1000).map {
            Fixtures.process(Int64($0), "worker-\($0)", alarm: true, notes: "queue stuck", raised: .seconds(180))
        }
        let output = result(many).output
        #expect(output.utf8.count <= NagiosResult.limit + 1)
        #expect(output.contains("alarms=1000;"))
        #expect(output.split(separator: "\n").last?.wholeMatch(of: /… and [0-9]+ more/) != nil)
    }

    @Test(
        "ranges are those of the guidelines",
        arguments: [
            ("10", [-1.0, 10.5], [0.0, 10.0]), ("10:", [9], [10, 1000]), ("~:10", [11], [-5, 10]),
            ("10:20", [9, 21], [10, 20]), ("@10:20", [10, 20], [9, 21]), ("0", [1], [0]),
        ])
    func ranges(text: String, alerting: [Double], fine: [Double]) throws {
        let range = try #require(NagiosRange(text))
        #expect(alerting.allSatisfy(range.alerts))
        #expect(!fine.contains(where: range.alerts))
    }

    @Test("what is no range is refused", arguments: ["", "a", "5:2", "1:2:3", "1e3", "nan", ":5", "@"])
    func noRange(text: String) { #expect(NagiosRange(text) == nil) }
}
