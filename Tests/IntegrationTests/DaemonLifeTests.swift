import Foundation
import Testing

/// The daemon's life: its start, its signals, its end.
@Suite struct DaemonLifeTests {
    @Test func `--check-config tells every error with its line, and exits with 78`() async throws {
        let site = try Site()
        try site.configure("[process.x]\nrestart_strategie = auto\nmax_attempts = many")
        let result = try await site.monitord("--check-config").wait()
        #expect(result.status == 78)
        #expect(result.error.contains("restart_strategy") && result.error.contains("max_attempts"), "\(result.error)")
        try site.configure()
        #expect(try await site.monitord("--check-config").wait().status == 0)
    }

    @Test func `an unknown option is a usage error`() async throws {
        #expect(try await Program.run("monitord", ["--frobnicate"]).status == 64)
    }

    @Test func `a second daemon on the same state says so and does not start`() async throws {
        let site = try Site()
        try site.configure()
        try await site.ctl("init")
        let first = try site.monitord()
        try await eventually("the first runs") { FileManager.default.fileExists(atPath: site.path("run/wake")) }
        let second = try await site.monitord().wait()
        #expect(second.status == 1)
        #expect(second.error.contains("runs already as process \(first.pid)"), "\(second.error)")
        first.signal(SIGTERM)
        #expect(try await first.wait().status == 0)
        #expect(!FileManager.default.fileExists(atPath: site.path("run/wake")))
    }

    @Test func `a packet on the wake socket makes it look now`() async throws {
        let site = try Site()
        let worker = try site.makeWorker()
        try site.configure(monitor: "check_interval = 3600", site.section("wake-worker", worker: worker))
        try await site.ctl("init")
        try await site.ctl("process", "add", "wake-worker")
        let daemon = try site.monitord()
        try await eventually("it runs") { FileManager.default.fileExists(atPath: site.path("run/wake")) }
        try await eventually("it has looked once") { daemon.log.contains("reached the database") }
        // `alarm set` sends the packet; the interval would take an hour.
        let result = try await site.ctl("alarm", "set", "wake-worker", "--wait", "--timeout", "30s")
        #expect(result.status == 0, "\(result.error) \(daemon.log)")
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
        #expect(site.pid(of: "wake-worker") != nil)
    }

    @Test func `SIGHUP takes a good configuration, and keeps the old one where the new is broken`() async throws {
        let site = try Site()
        let worker = try site.makeWorker()
        try site.configure()
        try await site.ctl("init")
        try await site.ctl("process", "add", "reload-worker")
        let daemon = try site.monitord()
        try await eventually("it runs") { daemon.log.contains("reached the database") }
        try site.configure("[process.x]\nmax_attempts = many")
        daemon.signal(SIGHUP)
        try await eventually("it refuses the broken file") { daemon.log.contains("config.error") }
        try site.configure(site.section("reload-worker", worker: worker))
        daemon.signal(SIGHUP)
        try await eventually("it takes the good file") { daemon.log.contains("config.reloaded") }
        #expect(try await site.ctl("alarm", "set", "reload-worker", "--wait", "--timeout", "30s").status == 0)
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }

    @Test func `a broken file is told with one line for each error, and since when the old one holds`() async throws {
        let site = try Site()
        try site.configure()
        try await site.ctl("init")
        let daemon = try site.monitord()
        try await eventually("it runs") { daemon.log.contains("store.opened") }
        try site.configure("[process.x]\nmax_attempts = many\nrestart_delai = 1")
        daemon.signal(SIGHUP)
        try await eventually("it tells both errors") { daemon.log.lines(with: "config.error").count == 2 }
        let rejection = try #require(daemon.log.lines(with: "config.rejected").first)
        #expect(
            rejection.contains(/configuration rejected, still using the one loaded at \d\d:\d\d: 2 errors/),
            "\(rejection)")
        #expect(daemon.log.lines(with: "config.error").allSatisfy { $0.contains(site.configuration + ":") })
        #expect(!daemon.log.contains("u{a}"))
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }

    @Test func `a reload names what it took, what takes a restart, and what the file makes it warn of`() async throws {
        let site = try Site()
        try site.configure()
        try await site.ctl("init")
        let daemon = try site.monitord()
        try await eventually("it runs") { daemon.log.contains("store.opened") }
        try site.configure(
            database: "backend = sqlite\nport = 3307\nquery_timeout = 9",
            monitor: "check_interval = 2\nhost = other\nhistory_retention = 7d",
            "[process.x]\nstart_command = \"sleep 1\"")
        daemon.signal(SIGHUP)
        try await eventually("it takes the file") { daemon.log.contains("config.reloaded") }
        let restart = daemon.log.lines(with: "config.restart_needed")
        for key in ["'host' of [monitor]", "'history_retention' of [monitor]", "'query_timeout' of [database]"] {
            #expect(restart.contains { $0.contains(key) }, "\(restart)")
        }
        let taken = try #require(daemon.log.lines(with: "config.reloaded").first)
        #expect(taken.contains("'check_interval' of [monitor]") && taken.contains("'start_command' of [process.x]"))
        #expect(!taken.contains("host"), "\(taken)")
        // The port, and the quotes around a command.
        #expect(daemon.log.lines(with: "config.warning").count == 2, "\(daemon.log)")
        // It goes on being so until the restart.
        daemon.signal(SIGHUP)
        try await eventually("it says so again") {
            daemon.log.lines(with: "config.restart_needed").count == 2 * restart.count
        }
        #expect(daemon.log.lines(with: "config.reloaded").last?.contains("config.changed=nothing") == true)
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }

    @Test func `a reload changes the level of what is logged, down and up`() async throws {
        let site = try Site()
        let section = site.section("level-worker", worker: try site.makeWorker(), "stable_for = 0")
        try site.configure(monitor: "check_interval = 1\nrelapse_window = 0", section)
        try await site.ctl("init")
        try await site.ctl("process", "add", "level-worker")
        let daemon = try site.monitord()
        try await eventually("it runs") { daemon.log.contains("store.opened") }
        var reloads = 0
        for (level, isShown) in [("info", false), ("debug", true), ("info", false)] {
            try site.configure(monitor: "check_interval = 1\nrelapse_window = 0", section)
            let text = try String(contentsOfFile: site.configuration, encoding: .utf8)
            try site.write(
                text.replacingOccurrences(of: "journal = off", with: "journal = off\nlevel = \(level)"),
                to: "config.ini", mode: 0o600)
            daemon.signal(SIGHUP)
            reloads += 1
            try await eventually("it takes the file") { daemon.log.lines(with: "config.reloaded").count == reloads }
            let before = daemon.log.lines(with: "check.done").count
            let recovered = try await site.ctl("alarm", "set", "level-worker", "--wait")
            #expect(recovered.status == 0, "\(recovered.error)")
            #expect((daemon.log.lines(with: "check.done").count > before) == isShown, "\(level): \(daemon.log)")
        }
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }

    @Test func `a file that has gone does not make the defaults hold`() async throws {
        let site = try Site()
        try site.configure()
        try await site.ctl("init")
        let daemon = try site.monitord()
        try await eventually("it runs") { daemon.log.contains("store.opened") }
        try FileManager.default.removeItem(atPath: site.configuration)
        daemon.signal(SIGHUP)
        try await eventually("it refuses") { daemon.log.contains("config.error") }
        #expect(!daemon.log.contains("config.reloaded"))
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }

    @Test func `SIGTERM during a recovery ends in seconds, and the alarm stands`() async throws {
        let site = try Site()
        let worker = try site.makeWorker()
        try site.configure(
            site.section("slow-worker", worker: worker, "pre_restart_command = sleep 600\ncommand_timeout = 500"))
        try await site.ctl("init")
        try site.raise(["slow-worker"])
        let daemon = try site.monitord()
        try await eventually("it recovers") { daemon.log.contains("recovery.begun") }
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait(15).status == 0)
        #expect(try site.alarms() == ["1"])
        let history = try await site.ctl("history", "--json")
        #expect(history.output.contains("interrupted"), "\(history.output)")
    }

    @Test func `a log file that is moved away is begun anew`() async throws {
        let site = try Site()
        try site.configure()
        try await site.ctl("init")
        let daemon = try site.monitord()
        try await eventually("it works") { daemon.log.contains("store.opened") }
        try FileManager.default.moveItem(atPath: site.log, toPath: site.log + ".moved")
        daemon.signal(SIGHUP)
        try await eventually("the log is there again") { FileManager.default.fileExists(atPath: site.log) }
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }
}

extension String {
    fileprivate func lines(with text: String) -> [Substring] {
        split(separator: "\n").filter { $0.contains("event=\(text)") }
    }
}
