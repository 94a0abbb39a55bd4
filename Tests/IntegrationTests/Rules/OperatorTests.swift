import Foundation
import TestSupport
import Testing

/// What `monitorctl` says while the real daemon works: an operator must be able to believe it.
@Suite struct OperatorTests {
    typealias Place = RulesScene.Place

    private static let embedded = Place(isServer: false, hasFeed: true)
    private static let server = Place(isServer: true, hasFeed: false)

    /// Runs `monitorctl` as an operator, whose account may do more than the daemon's.
    @discardableResult
    private func operate(_ scene: RulesScene, _ arguments: String...) async throws -> Program.Result {
        let site = scene.site
        let text = try String(contentsOfFile: site.configuration, encoding: .utf8)
        let rules = text[(text.range(of: "[monitor]")?.lowerBound ?? text.endIndex)...]
        let database = "[database]\n\(scene.database.settings(asAdministrator: true))\n"
        try site.write(database + rules, to: "operator.ini", mode: 0o600)
        return try await Program.run(
            "monitorctl", ["--config", site.path("operator.ini")] + arguments, environment: site.environment)
    }

    /// The kinds of the history of a process, the newest first.
    private func history(_ scene: RulesScene) async throws -> [String] {
        let output = try await operate(scene, "history", scene.names[0], "--json").output
        return output.matches(of: /"kind":"([a-z_]+)"/).map { String($0.output.1) }
    }

    @Test(arguments: [embedded, server])
    func `cancel ends a recovery of the daemon, and all that is shown afterwards agrees`(place: Place) async throws {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(
            monitor: "check_interval = 1\nmax_restart_failures = 1",
            process: "health_check_timeout = 60\nmax_attempts = 3\nrestart_delay = 0")
        try scene.makeSick()
        try scene.raise()
        try await scene.startDaemon()
        let name = scene.names[0]
        try await eventually("it is started", in: scene.daemon) { scene.starts(name).count == 1 }
        let recovering = try await operate(scene, "status", name)
        #expect(recovering.status == 3)
        #expect(recovering.output.contains("RECOVERING"), "\(recovering.output)")

        let cancelled = try await operate(scene, "cancel", name, "--timeout", "30s")
        #expect(cancelled.status == 0)
        #expect(cancelled.error == "alarm cleared: \(name)\nrecovery ended: \(name)\n")
        let after = try await operate(scene, "status", name)
        #expect(after.status == 0, "\(after.output)\(after.error)")
        #expect(after.output.contains(/State +OK/), "\(after.output)")
        #expect(try scene.note().hasPrefix("Cancelled by "))
        #expect(try await history(scene).first { $0 != "interrupted" } == "cancelled")
        #expect(try await !history(scene).contains("failed"))
        #expect(try await !history(scene).contains("breaker_opened"))
        #expect(scene.starts(name).count == 1)
        // What was cancelled is an alarm, not the process: the next alarm is served.
        try scene.makeWell()
        let again = try await operate(scene, "alarm", "set", name, "--wait")
        #expect(again.status == 0, "\(again.error)")
    }

    @Test(arguments: [embedded, server])
    func `a failure is told in the order in which it happened, and ends the wait at once`(place: Place) async throws {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(
            monitor: "check_interval = 1\nmax_restart_failures = 2\nretry_delay = 300",
            process: "health_check_timeout = 1\nmax_attempts = 1")
        try scene.makeSick()
        try await scene.startDaemon()
        let name = scene.names[0]
        let outcome = try await operate(scene, "alarm", "set", name, "--wait", "--timeout", "50s")
        #expect(outcome.status == 1)
        let lines = outcome.error.split(separator: "\n")
        let expected: [Regex<Substring>] = [
            /alarm set: .*/, /.*: recovery began [0-9:]*/, /.*: recovery failed \(1 of 2 failures\): .*/,
            /.*: the alarm stands, and monitord tries again by itself/,
        ]
        #expect(lines.count == expected.count, "\(lines)")
        for (line, pattern) in zip(lines, expected) { #expect(line.wholeMatch(of: pattern) != nil, "\(line)") }

        try await operate(scene, "reset", name)
        try await eventually("it fails again", in: scene.daemon) {
            try await history(scene).count { $0 == "failed" } == 2
        }
        // By its end, as it is shown; of what ended in the same moment, the order of the writes.
        let output = try await operate(scene, "history", name, "--json").output
        let ends = output.matches(of: /"endedAt":"([^"]+)"/).map { String($0.output.1) }
        #expect(ends == ends.sorted(by: >))
        #expect(try await history(scene) == ["failed", "breaker_closed", "failed", "alarm_raised"])
    }

    /// What a breaker's row says that is none of a recovery's results, and the words for it.
    struct Odd: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// From `state` to `retry_at`, as SQL has them.
        var row: String
        var words: String
        var code: String
    }

    private static let odd = [
        Odd(
            testDescription: "a trial that did not end in time", row: "'half_open', 3, 1, 1, 1000, NULL, NULL",
            words: "the trial recovery did not end in time", code: "trial_expired"),
        Odd(
            testDescription: "a deadline behind a clock that was set back",
            row: "'open', 3, 1, 1, 253402300799000, NULL, NULL", words: "the clock was set back", code: "clock"),
    ]

    @Test(arguments: odd, [embedded, server])
    func `a trial that expired and a clock that was set back are told as what they are`(odd: Odd, place: Place)
        async throws
    {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(monitor: "check_interval = 1\ncircuit_reset_time = 1800")
        try scene.database.sql(
            """
            INSERT INTO MONITOR_BREAKER
            (process_id, state, failures, generation, openings, until_at, provisional_success, retry_at)
            VALUES (1, \(odd.row))
            """)
        try await scene.startDaemon()
        let name = scene.names[0]
        try scene.raise()
        try await eventually("the note says why", in: scene.daemon) { try scene.note().contains(odd.words) }
        let waited = try await operate(scene, "alarm", "set", name, "--wait")
        #expect(waited.status == 1)
        #expect(waited.error.contains(/: breaker open, next try .* \(in \d+ min\)/), "\(waited.error)")

        let status = try await operate(scene, "status", name)
        #expect(status.output.contains(/State +BREAKER OPEN, next try in \d+ min/), "\(status.output)")
        #expect(status.output.contains(odd.words), "\(status.output)")
        let shown = try await operate(scene, "history", name)
        #expect(shown.output.contains(odd.words), "\(shown.output)")
        #expect(try await operate(scene, "history", name, "--json").output.contains(#""code":"\#(odd.code)""#))
        for text in [waited.error, status.output, shown.output] {
            #expect(!text.contains("relapse") && !text.contains("in alarm again"), "\(text)")
        }
        #expect(scene.starts(name).isEmpty)
    }

    @Test(arguments: [embedded, server])
    func `a host that has another name finds its holds and breakers, and shows them`(place: Place) async throws {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(monitor: "check_interval = 1")
        try await scene.startDaemon()
        let name = scene.names[0]
        try await operate(scene, "hold", name, "--reason", "moving")
        scene.daemon?.signal(SIGTERM)
        _ = try await scene.daemon?.wait()
        let configuration = try String(contentsOfFile: scene.site.configuration, encoding: .utf8)
        try scene.site.write(
            configuration.replacingOccurrences(of: "host = rules", with: "host = renamed"), to: "config.ini",
            mode: 0o600)
        try await scene.startDaemon()
        try await scene.logs("event=host.renamed")
        try scene.raise()
        try await scene.logs("event=process.held")

        let status = try await operate(scene, "status", name)
        #expect(status.output.contains(/State +HELD by .*, IN ALARM/), "\(status.output)")
        #expect(status.output.contains("moving"))
        let json = try await operate(scene, "status", "--json")
        #expect(json.output.hasPrefix(#"{"host":"renamed","daemon":{"state":"running","#), "\(json.output)")
        #expect(scene.starts(name).isEmpty)
    }

    @Test func `with level = debug every decision has a line`() async throws {
        let scene = try await RulesScene(Self.embedded)
        defer { scene.end() }
        try await scene.begin(
            monitor: "check_interval = 1\nmax_restart_failures = 1",
            process: "health_check_timeout = 1\nmax_attempts = 1\npre_restart_command = true")
        try scene.makeSick()
        try scene.raise()
        let daemon = try scene.site.monitord("--log-level", "debug")
        try await eventually("its breaker is open", in: daemon) { daemon.log.contains("rule=breaker") }
        for line in [
            "restarts a process [process.name=\(scene.names[0]) restart.strategy=process]",
            "event=process.sought", "event=process.planned", "event=process.starting", "event=check.done",
            "check.command=",
            "exited with 1", "not healthy yet", "not restarted now",
        ] {
            #expect(daemon.log.contains(line), "\(line): \(daemon.log)")
        }
        daemon.signal(SIGTERM)
        _ = try await daemon.wait()
    }

    @Test func `a name of more than 15 characters comes back under the default check, and status says so`() async throws
    {
        let site = try Site()
        let name = "order-export-worker"
        try site.write(
            "#!/bin/sh\necho $$ > \(site.path(name)).pid\nwhile :; do sleep 1; done\n", to: name, mode: 0o755)
        try site.configure(
            monitor: "check_interval = 1\nrelapse_window = 0",
            "[process.\(name)]\nrestart_strategy = process\nstart_command = exec \(site.path(name))\nmax_attempts = 1")
        try await site.ctl("init")
        try await site.ctl("process", "add", name)
        let daemon = try site.monitord()
        try await eventually("it runs", in: daemon) { daemon.log.contains("store.opened") }
        for _ in 1...2 {
            let recovered = try await site.ctl("alarm", "set", name, "--wait")
            #expect(recovered.status == 0, "\(recovered.error)\(daemon.log)")
            let status = try await site.ctl("status", name)
            #expect(status.status == 0)
            #expect(status.output.contains(/Last outcome +recovered/), "\(status.output)")
            let pid = try #require(site.pid(of: name))
            #expect(try site.countProcesses(with: "/bin/sh \(site.path(name))") == 1)
            kill(pid, SIGKILL)
        }
        daemon.signal(SIGTERM)
        _ = try await daemon.wait()
    }
}
