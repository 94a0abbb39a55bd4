import Foundation
import Testing

/// Checks of the daemon's own, with real programs: no application writes an alarm.
@Suite struct ChecksTests {
    /// A site with a worker that runs, in both tables and not in alarm.
    private func site(_ name: String, monitor: String = "", _ sections: String, more: String = "") async throws -> Site
    {
        let site = try Site()
        let worker = try site.makeWorker()
        try site.configure(
            monitor: "check_interval = 1h\n" + monitor, site.section(name, worker: worker, more) + sections)
        try await site.ctl("init")
        try await site.ctl("process", "add", name)
        return site
    }

    /// Starts the worker by the daemon's own hand, so that it is known again.
    private func start(_ name: String, at site: Site) async throws {
        try await site.ctl("alarm", "set", name)
        #expect(try await site.monitord("--once").wait().status == 0)
    }

    private func kinds(at site: Site, _ kinds: String...) throws -> [String] {
        let list = kinds.map { "'\($0)'" }.joined(separator: ", ")
        return try site.sql("SELECT kind FROM MONITOR_EVENT WHERE kind IN (\(list)) ORDER BY id").map { $0[0] ?? "" }
    }

    @Test func `a worker that is killed is seen at once, restarted and back`() async throws {
        let site = try await site("seen-worker", "[check.seen-worker]\ntype = process\ngrace = 0\nperiod = 1\n")
        try await start("seen-worker", at: site)
        let daemon = try site.monitord()
        try await eventually("the check has passed", in: daemon) {
            try await site.ctl("checks").output.contains("passed")
        }
        let first = try #require(site.pid(of: "seen-worker"))
        let begin = ContinuousClock.now
        kill(first, SIGKILL)
        try await eventually("it runs again", in: daemon) { site.pid(of: "seen-worker").map { $0 != first } ?? false }
        print("measured: worker killed → running again in \(ContinuousClock.now - begin)")
        try await eventually("the check passes again", in: daemon) {
            try self.kinds(at: site, "check_passed").count == 1
        }
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
        #expect(try site.alarms().isEmpty)
        #expect(
            try kinds(at: site, "check_failed", "alarm_raised").sorted() == [
                "alarm_raised", "alarm_raised", "check_failed",
            ])
        let status = try await site.ctl("status", "seen-worker", "--json")
        #expect(status.output.contains(#""checks":[{"name":"seen-worker","state":"passed""#), "\(status.output)")
    }

    @Test func `where it observes, all of it is seen and told, and nothing is touched`() async throws {
        let site = try await site(
            "observed-worker", monitor: "mode = observe",
            "[check.observed-worker]\ntype = process\ngrace = 0\nperiod = 200ms\n")
        let daemon = try site.monitord()
        try await eventually("the check has failed", in: daemon) {
            try self.kinds(at: site, "check_failed").count == 1
        }
        #expect(try site.alarms().isEmpty)
        // The application's alarm is seen and told, and stands as it is.
        try site.sql("UPDATE STATUS_PROCESS SET alarma = 1, notes = 'down'")
        try await eventually("what would be done is told", in: daemon) {
            try self.kinds(at: site, "refused").count == 1
        }
        #expect(try site.sql("SELECT code FROM MONITOR_EVENT WHERE kind = 'refused'") == [["observed"]])
        #expect(try site.sql("SELECT alarma, notes FROM STATUS_PROCESS") == [["1", "down"]])
        #expect(site.pid(of: "observed-worker") == nil)
        // A reload lets it act.
        try site.configure(
            monitor: "check_interval = 1h",
            site.section("observed-worker", worker: site.path("worker")))
        daemon.signal(SIGHUP)
        try await eventually("it is recovered", in: daemon) { try site.alarms().isEmpty }
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }

    @Test func `what dies soon after its recovery is in alarm again at once, and that is a relapse`() async throws {
        let site = try await site("lost-worker", "", more: "stable_for = 0")
        try await site.ctl("alarm", "set", "lost-worker")
        let daemon = try site.monitord()
        try await eventually("it is recovered", in: daemon) {
            try self.kinds(at: site, "recovered").count == 1 && site.pid(of: "lost-worker") != nil
        }
        let first = try #require(site.pid(of: "lost-worker"))
        kill(first, SIGKILL)
        try await eventually("it runs again", in: daemon) { site.pid(of: "lost-worker").map { $0 != first } ?? false }
        try await eventually("it is recovered again", in: daemon) {
            try self.kinds(at: site, "recovered").count == 2
        }
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
        #expect(try kinds(at: site, "relapsed").count == 1)
        let reasons = try site.sql("SELECT detail FROM MONITOR_EVENT WHERE kind = 'alarm_raised' AND actor IS NULL")
        #expect(reasons.count == 1 && reasons[0][0]?.hasPrefix("pid \(first) ") == true, "\(reasons)")
    }

    @Test func `a recovery is one only where the checks pass too`() async throws {
        let site = try await site(
            "checked-worker", "[check.door]\ntype = unix\naddress = /nowhere/door\nprocess = checked-worker\n",
            more: "max_attempts = 1\nhealth_check_timeout = 500ms")
        try await site.ctl("alarm", "set", "checked-worker")
        let result = try await site.monitord("--once").wait()
        #expect(result.status == 1)
        #expect(try site.alarms() == ["1"])
        let notes = try site.sql("SELECT notes FROM STATUS_PROCESS")[0][0]
        #expect(notes?.contains("check door") == true, "\(notes ?? "")")
    }

    @Test func `a check is run by hand, and told by its exit status; nothing is changed`() async throws {
        let site = try await site(
            "hand-worker",
            """
            [check.good]
            type = command
            command = echo all is well
            process = hand-worker
            [check.bad]
            type = command
            command = exit 7
            process = hand-worker
            [check.odd]
            type = nagios
            command = echo no idea; exit 3
            process = hand-worker

            """)
        let good = try await site.ctl("checks", "run", "good")
        #expect(good.status == 0 && good.output.hasPrefix("passed: "), "\(good)")
        let bad = try await site.ctl("checks", "run", "bad")
        #expect(bad.status == 3 && bad.output.hasPrefix("failed: ") && bad.output.contains("7"), "\(bad)")
        let odd = try await site.ctl("checks", "run", "odd")
        #expect(odd.status == 1 && odd.output.hasPrefix("unknown: "), "\(odd)")
        let none = try await site.ctl("checks", "run", "goot")
        #expect(none.status == 1 && none.error.contains("did you mean 'good'?"), "\(none)")
        let list = try await site.ctl("checks", "hand-worker")
        #expect(list.status == 0 && list.output.split(separator: "\n").count == 3, "\(list)")
        #expect(list.output.contains("not run"))
        #expect(try site.sql("SELECT COUNT(*) FROM MONITOR_CHECK") == [["0"]])
    }
}
