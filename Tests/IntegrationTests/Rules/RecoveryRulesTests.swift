import Foundation
import TestSupport
import Testing

/// By which rules the real daemon restarts, gives up and clears, the same on each database, with and without its feed.
@Suite(.needsMariaDB, .serialized) struct RecoveryRulesTests {
    typealias Place = RulesScene.Place

    /// The times between the starts of a process, in seconds.
    private func gaps(_ scene: RulesScene, _ name: String) -> [Double] {
        let starts = scene.starts(name)
        return zip(starts.dropFirst(), starts).map { $0 - $1 }
    }

    // MARK: - Pace

    @Test(arguments: Place.allCases) func `tries are retry_delay apart, whatever wakes the poll`(place: Place)
        async throws
    {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(
            monitor: "check_interval = 500ms\nretry_delay = 3s\nmax_restart_failures = 3",
            process: "health_check_timeout = 200ms\nmax_attempts = 1")
        try scene.makeSick()
        try await scene.startDaemon()
        try scene.raise()
        // An application that writes all the time wakes the daemon, and changes nothing.
        for _ in 0..<40 where scene.count("breaker.open") == 0 {
            try scene.database.sql("UPDATE STATUS_PROCESS SET sound = 1 - sound")
            try await Task.sleep(for: .milliseconds(250))
        }
        try await scene.logs("breaker.open")
        let gaps = gaps(scene, scene.names[0])
        #expect(gaps.count == 2)
        #expect(gaps.allSatisfy { (3...6).contains($0) }, "\(gaps)")
    }

    @Test(arguments: Place.allCases) func `a short retry_delay does not wait for a long check_interval`(place: Place)
        async throws
    {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(
            monitor: "check_interval = 300\nretry_delay = 1s\nmax_restart_failures = 3",
            process: "health_check_timeout = 200ms\nmax_attempts = 1")
        try scene.makeSick()
        try scene.raise()
        try await scene.startDaemon()
        try await scene.logs("breaker.open")
        let gaps = gaps(scene, scene.names[0])
        #expect(gaps.count == 2)
        #expect(gaps.allSatisfy { (1...4).contains($0) }, "\(gaps)")
    }

    @Test(arguments: Place.allCases) func `a daemon that is started anew keeps to the delay`(place: Place) async throws
    {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(
            monitor: "check_interval = 500ms\nretry_delay = 6s",
            process: "health_check_timeout = 200ms\nmax_attempts = 1")
        try scene.makeSick()
        try scene.raise()
        try await scene.startDaemon()
        try await scene.logs("event=recovery.failed")
        // Until the outcome is written.
        try await eventually("the note says so", in: scene.daemon) { try scene.note().hasPrefix("failed") }
        scene.daemon?.signal(SIGKILL)
        _ = try await scene.daemon?.wait()
        try await scene.startDaemon()
        try await eventually("it is tried again", in: scene.daemon) { scene.starts(scene.names[0]).count == 2 }
        #expect(gaps(scene, scene.names[0])[0] >= 6)
    }

    @Test(arguments: Place.allCases) func `what the process depends on may be away for several tries`(place: Place)
        async throws
    {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(
            monitor: "check_interval = 1s\nmax_restart_failures = 5",
            process: "health_check_timeout = 200ms\nmax_attempts = 1\nstable_for = 0")
        try scene.makeSick()
        try await scene.startDaemon()
        try scene.raise()
        try await Task.sleep(for: .seconds(3))
        try scene.makeWell()
        try await eventually("it is cleared", in: scene.daemon) { try !scene.isInAlarm() }
        #expect(scene.count("breaker.open") == 0)
    }

    // MARK: - Breakers

    @Test(arguments: Place.allCases) func `that a breaker opens is logged at once, not at the next poll`(place: Place)
        async throws
    {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(
            monitor: "check_interval = 300\nmax_restart_failures = 1",
            process: "health_check_timeout = 200ms\nmax_attempts = 1")
        try scene.makeSick()
        try scene.raise()
        try await scene.startDaemon()
        try await scene.logs("event=recovery.failed")
        try await scene.logs("breaker.open", within: 2)
        try scene.raise()
        try await Task.sleep(for: .seconds(1))
        #expect(scene.count("breaker.open") == 1)
    }

    @Test(arguments: Place.allCases) func `a process that came back by itself is not restarted by the trial`(
        place: Place
    )
        async throws
    {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(
            monitor: "check_interval = 300\nmax_restart_failures = 1\ncircuit_reset_time = 3",
            process: "health_check_timeout = 200ms\nmax_attempts = 1")
        try scene.makeSick()
        try scene.raise()
        try await scene.startDaemon()
        try await scene.logs("breaker.open")
        let pid = scene.site.pid(of: scene.names[0])
        try scene.makeWell()
        try await eventually("it is cleared", in: scene.daemon) { try !scene.isInAlarm() }
        #expect(scene.starts(scene.names[0]).count == 1)
        #expect(scene.site.pid(of: scene.names[0]) == pid)
        #expect(try scene.note().contains("by itself"))
    }

    @Test(arguments: Place.allCases) func `a process that could not be started, and that an operator has started, too`(
        place: Place
    ) async throws {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(
            monitor: "check_interval = 300\nmax_restart_failures = 1\ncircuit_reset_time = 4",
            process: "health_check_timeout = 200ms\nmax_attempts = 1",
            startCommand: "exit 1")
        try scene.site.write("#!/bin/sh\n: > \(scene.site.path("checked"))\n", to: "meanwhile", mode: 0o755)
        try scene.raise()
        try await scene.startDaemon()
        try await scene.logs("breaker.open")
        // It is seen that the process does not run; then an operator starts it.
        try await eventually("it is checked", in: scene.daemon) {
            FileManager.default.fileExists(atPath: scene.site.path("checked"))
        }
        try await Task.sleep(for: .milliseconds(200))
        let program = try scene.startByHand(scene.names[0])
        try await eventually("it runs") { scene.site.pid(of: scene.names[0]) != nil }
        try await scene.logs("event=recovery.begun", times: 2)
        try await eventually("it is cleared", within: 10, in: scene.daemon) { try !scene.isInAlarm() }
        #expect(scene.starts(scene.names[0]).count == 1)
        #expect(scene.site.pid(of: scene.names[0]) == program.pid)
    }

    @Test(arguments: Place.allCases) func `one that is still sick is restarted by the trial`(place: Place) async throws
    {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(
            monitor: "check_interval = 300\nmax_restart_failures = 1\ncircuit_reset_time = 2",
            process: "health_check_timeout = 200ms\nmax_attempts = 1")
        try scene.makeSick()
        try scene.raise()
        try await scene.startDaemon()
        try await scene.logs("breaker.open", times: 2)
        #expect(scene.starts(scene.names[0]).count == 2)
        #expect(try scene.isInAlarm())
    }

    // MARK: - Alarms that are cleared, or raised, meanwhile

    /// Who clears the alarm, and at which attempt the recovery is then.
    struct Clearing: Sendable, CaseIterable, CustomTestStringConvertible {
        var place: Place
        var isByTool: Bool
        var attempts: Int
        static let allCases = Place.allCases.flatMap { place in
            [true, false].flatMap { isByTool in
                [1, 3].map { Self(place: place, isByTool: isByTool, attempts: $0) }
            }
        }
        .filter { $0.isByTool || $0.place.hasFeed }
        var testDescription: String {
            "\(place.testDescription), \(isByTool ? "monitorctl" : "application"), max_attempts \(attempts)"
        }
    }

    @Test(arguments: Clearing.allCases) func `an alarm that is cleared cancels its recovery, which is no failure`(
        clearing: Clearing
    ) async throws {
        let scene = try await RulesScene(clearing.place)
        defer { scene.end() }
        try await scene.begin(
            monitor: "check_interval = 300\nmax_restart_failures = 1",
            process: "health_check_timeout = 4\nrestart_delay = 1\nmax_attempts = \(clearing.attempts)")
        try scene.makeSick()
        try scene.raise()
        try await scene.startDaemon()
        try await eventually("it is started", in: scene.daemon) { scene.starts(scene.names[0]).count == 1 }
        try await Task.sleep(for: .milliseconds(300))
        if clearing.isByTool {
            let cleared = try await scene.site.ctl("alarm", "clear", scene.names[0])
            #expect(cleared.status == 0, "\(cleared.error)")
        } else {
            try scene.clear()
        }
        try await scene.logs("event=recovery.withdrawn", within: 3)
        try await Task.sleep(for: .seconds(4))
        #expect(scene.starts(scene.names[0]).count == 1)
        #expect(try !scene.isInAlarm())
        #expect(scene.count("event=recovery.failed") == 0, "\(scene.log)")
        #expect(scene.count("breaker.open") == 0)
        #expect(try !scene.note().contains("failed"))
    }

    @Test(arguments: Place.allCases) func `an alarm cleared in the last check of all is no failure either`(place: Place)
        async throws
    {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        let ctl = Program.directory.appendingPathComponent("monitorctl").path
        try await scene.begin(
            monitor: "check_interval = 300\nmax_restart_failures = 1",
            process: "health_check_timeout = 3\nmax_attempts = 1")
        // The check clears the alarm, and fails so late that it is the last.
        try scene.site.write(
            """
            #!/bin/sh
            export STATE_DIRECTORY=\(scene.site.path("state")) RUNTIME_DIRECTORY=\(scene.site.path("run"))
            \(ctl) --config \(scene.site.configuration) alarm clear "$1"
            sleep 10
            """, to: "meanwhile", mode: 0o755)
        try scene.raise()
        try await scene.startDaemon()
        try await scene.logs("event=recovery.withdrawn", within: 10)
        #expect(scene.count("event=recovery.failed") == 0, "\(scene.log)")
        #expect(scene.count("breaker.open") == 0, "\(scene.log)")
        #expect(scene.starts(scene.names[0]).count == 1)
    }

    @Test(arguments: Place.allCases) func `alarms of a process that is coming up are about its coming up`(place: Place)
        async throws
    {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(
            monitor: "check_interval = 500ms", process: "health_check_timeout = 20\nmax_attempts = 1\nstable_for = 0")
        try scene.makeSick()
        try await scene.startDaemon()
        try scene.raise()
        try await eventually("it is started", in: scene.daemon) { scene.starts(scene.names[0]).count == 1 }
        for _ in 0..<12 {
            try scene.raise()
            try await Task.sleep(for: .milliseconds(250))
        }
        try scene.makeWell()
        try await eventually("it is cleared", in: scene.daemon) { try !scene.isInAlarm() }
        // Long enough for another try.
        try await Task.sleep(for: .seconds(2))
        #expect(scene.starts(scene.names[0]).count == 1)
        #expect(scene.count("breaker.relapse") == 0)
        #expect(scene.count("raised_again") == 0)
    }

    @Test(arguments: Place.allCases)
    func `an alarm raised while the check that passes runs stands, however long it runs`(
        place: Place
    ) async throws {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(process: "health_check_timeout = 10\nmax_attempts = 1\nstable_for = 0")
        try scene.site.write(
            "#!/bin/sh\n: > \(scene.site.path("checking"))\nsleep 2\n", to: "meanwhile", mode: 0o755)
        try scene.raise()
        let once = try scene.site.monitord("--once")
        try await eventually("the check runs", in: once) {
            FileManager.default.fileExists(atPath: scene.site.path("checking"))
        }
        try scene.raise()
        let result = try await once.wait()
        #expect(try scene.isInAlarm())
        #expect(result.status != 0, "\(result.error)")
        #expect(result.error.contains("alarm.raised_again"), "\(result.error)")
    }

    @Test(arguments: Place.allCases) func `what else an application writes to the row is no alarm`(place: Place)
        async throws
    {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(monitor: "check_interval = 500ms")
        try scene.site.write(
            "#!/bin/sh\n: > \(scene.site.path("checking"))\nsleep 2\n", to: "meanwhile", mode: 0o755)
        try await scene.startDaemon()
        try scene.raise()
        try await eventually("the check runs", in: scene.daemon) {
            FileManager.default.fileExists(atPath: scene.site.path("checking"))
        }
        try scene.database.sql("UPDATE STATUS_PROCESS SET sound = 1, notes = 'seen by the console'")
        try await eventually("it is cleared", in: scene.daemon) { try !scene.isInAlarm() }
        try await Task.sleep(for: .seconds(2))
        #expect(scene.starts(scene.names[0]).count == 1)
        #expect(scene.count("raised_again") == 0)
    }

    // MARK: - Recovered means recovered

    @Test(arguments: ["0.05", "0.3", "0.9"]) func `a start that dies soon is no recovery`(seconds: String) async throws
    {
        let scene = try await RulesScene(Place(isServer: false, hasFeed: true))
        defer { scene.end() }
        try await scene.begin(
            process: "health_check_timeout = 2\nmax_attempts = 1",
            startCommand: "echo $$ > \(scene.site.path("dying.pid")); exec sleep \(seconds)")
        var text = try String(contentsOfFile: scene.site.configuration, encoding: .utf8)
        text = text.replacingOccurrences(
            of: "pid_file = \(scene.site.path(scene.names[0])).pid", with: "pid_file = \(scene.site.path("dying.pid"))"
        ).replacingOccurrences(
            of: "health_check_command = \(scene.site.path("check")) %s", with: "health_check_command = pgrep %s")
        try scene.site.write(text, to: "config.ini", mode: 0o600)
        try scene.raise()
        let result = try await scene.site.monitord("--once").wait()
        #expect(result.status != 0, "\(result.error)")
        #expect(try scene.isInAlarm())
        #expect(try scene.note().hasPrefix("failed"))
    }

    @Test func `stable_for says how long a process has to stay healthy`() async throws {
        let scene = try await RulesScene(Place(isServer: true, hasFeed: true))
        defer { scene.end() }
        try await scene.begin(process: "health_check_timeout = 1\nmax_attempts = 1\nstable_for = 3")
        try scene.raise()
        let once = try scene.site.monitord("--once")
        try await eventually("it is started", in: once) { scene.starts(scene.names[0]).count == 1 }
        try await Task.sleep(for: .seconds(1.5))
        try scene.makeSick()
        let result = try await once.wait()
        #expect(result.status != 0)
        #expect(try scene.isInAlarm())
        let note = try scene.note()
        #expect(note.contains("healthy at first"), "\(note)")
    }
}
