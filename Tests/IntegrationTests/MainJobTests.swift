import Foundation
import Testing

/// The main job on the embedded store: real programs, real processes.
@Suite struct MainJobTests {
    @Test func `a killed worker in alarm is restarted, proven healthy, and its alarm cleared`() async throws {
        let site = try Site()
        let worker = try site.makeWorker()
        try site.configure(site.section("main-worker", worker: worker))
        try await site.ctl("init")
        try site.raise(["main-worker"])
        let result = try await site.monitord("--once").wait()
        #expect(result.status == 0, "\(result.error)")
        #expect(try site.alarms().isEmpty)
        #expect(site.pid(of: "main-worker") != nil)
        let notes = try site.sql("SELECT notes FROM STATUS_PROCESS")[0][0]
        #expect(notes?.contains("recovered") == true)
    }

    @Test func `what runs under the name is stopped first: never two copies`() async throws {
        let site = try Site()
        let worker = try site.makeWorker()
        try site.configure(site.section("twice-worker", worker: worker))
        try await site.ctl("init")
        try site.raise(["twice-worker"])
        #expect(try await site.monitord("--once").wait().status == 0)
        let first = try #require(site.pid(of: "twice-worker"))
        try await site.ctl("alarm", "set", "twice-worker")
        #expect(try await site.monitord("--once").wait().status == 0)
        #expect(site.pid(of: "twice-worker") != first)
        #expect(try site.countProcesses(with: "\(worker) twice-worker", pid: first) == 0)
        #expect(try site.countProcesses(with: "\(worker) twice-worker") == 1)
    }

    static let attacks = [
        "a; touch /x", "$(x)", "`x`", "--help", "../../x", "it's", "say \"x\"", "two\nlines", "nul\0byte", "🔥",
        String(repeating: "漢", count: 100), "",
    ]

    @Test func `names from the database that could do harm are refused with a note; the others are served`()
        async throws
    {
        let site = try Site()
        let worker = try site.makeWorker()
        // Were a name ever run, or put into a command, this would show it.
        let trap = "a; touch \(site.path("x"))"
        try site.configure(
            "[process.default]\nrestart_strategy = process\nstart_command = sh -c %s\nhealth_check_command = true %s\n"
                + site.section("good-worker", worker: worker))
        try await site.ctl("init")
        try site.raise(Self.attacks + [trap, "$(touch \(site.path("x")))", "good-worker"])
        let result = try await site.monitord("--once").wait()
        #expect(result.status == 1)
        #expect(site.pid(of: "good-worker") != nil)
        #expect(
            !FileManager.default.fileExists(atPath: site.path("x")) && !FileManager.default.fileExists(atPath: "/x"))
        let rows = try site.sql("SELECT alarma, notes FROM STATUS_PROCESS ORDER BY process_id")
        #expect(rows.count == Self.attacks.count + 3)
        for row in rows.dropLast() {
            #expect(row[0] == "1")
            #expect(row[1]?.hasPrefix("refused: the name") == true, "\(row)")
        }
        #expect(rows.last?[0] == "0")
        let refusals = try String(contentsOfFile: site.log, encoding: .utf8).split(separator: "\n")
            .filter { $0.contains("process.refused") }
        #expect(refusals.count == Self.attacks.count + 2)
    }

    @Test func `a hung health check is gone after its time, with a grandchild that ignores SIGTERM`() async throws {
        let site = try Site()
        let worker = try site.makeWorker()
        try site.write(
            "#!/bin/sh\n(trap '' TERM; while :; do sleep 1; done) &\nwait\n", to: "hung-check", mode: 0o755)
        try site.configure(
            site.section(
                "hung-worker", worker: worker, check: site.path("hung-check"),
                "health_check_timeout = 1\nmax_attempts = 1"))
        try await site.ctl("init")
        try site.raise(["hung-worker"])
        let result = try await site.monitord("--once").wait()
        #expect(result.status == 1)
        #expect(try site.alarms() == ["1"])
        #expect(try site.countProcesses(with: site.path("hung-check")) == 0)
    }

    @Test func `200 processes at once, one of which hangs: all others are recovered without waiting for it`()
        async throws
    {
        let site = try Site()
        let hang = "sleep 600.\(UInt32.random(in: 1000...9999))"
        try site.configure(
            monitor: "max_concurrent_restarts = 8",
            """
            [process.default]
            restart_strategy = process
            start_command = true
            health_check_command = true
            [process.storm-7]
            pre_restart_command = \(hang)
            command_timeout = 300
            """)
        try await site.ctl("init")
        try site.raise((1...200).map { "storm-\($0)" })
        let daemon = try site.monitord()
        try await eventually("all but one are recovered", within: 300) { try site.alarms() == ["7"] }
        daemon.signal(SIGTERM)
        let result = try await daemon.wait(30)
        #expect(result.status == 0)
        #expect(try site.alarms() == ["7"])
        #expect(try site.countProcesses(with: hang) == 0)
    }

    @Test func `an alarm raised again during its recovery is still there afterwards`() async throws {
        let site = try Site()
        let worker = try site.makeWorker()
        let alarm =
            "\(Program.directory.appendingPathComponent("monitorctl").path) --config \(site.configuration) alarm"
        // An alarm that an operator sets over one that stands is none of its own: so it is cleared before.
        let again = "\(alarm) clear again-worker && \(alarm) set again-worker"
        try site.configure(
            site.section("again-worker", worker: worker, check: "\(again) && \(site.isAlive("again-worker"))"))
        try await site.ctl("init")
        try site.raise(["again-worker"])
        _ = try await site.monitord("--once").wait()
        #expect(try site.alarms() == ["1"])
        #expect(site.pid(of: "again-worker") != nil)
    }
}
