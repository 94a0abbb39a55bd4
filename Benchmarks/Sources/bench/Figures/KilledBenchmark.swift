import Glibc

/// From the death of a process to its next life, with monitord and with those who do that too.
///
/// Each runs the same program, which writes its pid into a file: it runs again when that names another process.
/// All find out by themselves: monitord by a `[check.NAME]`, of a unit and of a process that is no unit.
struct KilledBenchmark {
    private static let worker = "/tmp/worker"
    private static let pidFile = "/tmp/monitord-worker.pid"

    let laboratory: Laboratory

    func run() throws -> [Figure] {
        try write(
            """
            #!/bin/sh
            echo $$ >"$1"
            exec sleep infinity

            """, to: Self.worker, mode: 0o755)
        let systemd = try restartedBySystemd("RestartSec=100ms")
        let atOnce = try restartedBySystemd("RestartSec=0")
        let unit = try restartedByMonitord("unit", "")
        let standalone = try restartedByMonitord(
            "process",
            """
            restart_strategy = process
            start_command = setsid \(Self.worker) \(Self.pidFile)
            pid_file = \(Self.pidFile)
            health_check_command = pgrep %s
            """)
        let (always, zero) = ("systemd, Restart=always", "systemd, RestartSec=0")
        let goals: [Limit] = [.must(.ratio, 1.2), .aim(.ratio, 1)]
        return [
            Figure(
                "killed to running, check of unit", .milliseconds, unit, comparedWith: always, systemd, goals: goals),
            Figure("killed to running, check of unit (0)", .milliseconds, unit, comparedWith: zero, atOnce),
            Figure(
                "killed to running, check of process", .milliseconds, standalone, comparedWith: always, systemd,
                goals: goals),
            Figure("killed to running, check of process (0)", .milliseconds, standalone, comparedWith: zero, atOnce),
        ] + (try restartedByMonit()) + (try restartedBySupervisor())
    }

    /// - Parameter section: what `[process.NAME]` says.
    private func restartedByMonitord(_ type: String, _ section: String) throws -> Summary {
        let name = "killed-\(type)"
        let database = try laboratory.server.makeDatabase("killed_\(type)", processes: 1) { _ in name }
        unlink(Self.pidFile)
        let unit = type == "unit" ? try Unit("\(name).service", command: "\(Self.worker) \(Self.pidFile)") : nil
        try unit?.start()
        if unit == nil { try Program.run("setsid", "--fork", Self.worker, Self.pidFile) }
        var settings = laboratory.fastest.settings(database)
        settings.sections = "[process.\(name)]\n\(section)\n[check.\(name)]\ntype = \(type)\ngrace = 0"
        try Monitor.start(settings)
        defer {
            try? Monitor.stop()
            try? unit?.stop()
        }
        // Until the check has passed once.
        pause(milliseconds: 1000)
        return try measure(Self.pidFile, count: laboratory.repetitions(50, quick: 10)) {
            try database.waitUntilCleared(every: 5)
        }
    }

    private func restartedBySystemd(_ delay: String) throws -> Summary {
        let pidFile = "/tmp/systemd-worker.pid"
        unlink(pidFile)
        let unit = try Unit(
            "restarted.service", command: "\(Self.worker) \(pidFile)\nRestart=always\n\(delay)")
        try unit.start()
        defer { try? unit.stop() }
        return try measure(pidFile, count: laboratory.repetitions(50, quick: 10))
    }

    private func restartedByMonit() throws -> [Figure] {
        let name = "killed to running, monit"
        guard Program.isInstalled("monit") else { return [Figure(name, missing: "monit is not installed")] }
        let pidFile = "/tmp/monit-worker.pid"
        let monit = try Monit(
            watching: pidFile, starting: "/bin/sh -c 'setsid \(Self.worker) \(pidFile) >/dev/null 2>&1 &'")
        defer { try? monit.unit.stop() }
        // Killed before Monit has looked at it, it would be waited for until the start's time is over, 30 s.
        let summary = try measure(pidFile, count: laboratory.repetitions(20, quick: 5), life: 1500...2500)
        return [
            Figure(name, .milliseconds, summary, note: "it checks each second (set daemon 1), its shortest interval")
        ]
    }

    private func restartedBySupervisor() throws -> [Figure] {
        let name = "killed to running, supervisord"
        guard Program.isInstalled("supervisord") else { return [Figure(name, missing: "supervisord is not installed")] }
        let pidFile = "/tmp/supervisor-worker.pid"
        let supervisor = try Supervisor(starting: "\(Self.worker) \(pidFile)")
        defer { try? supervisor.unit.stop() }
        let summary = try measure(pidFile, count: laboratory.repetitions(20, quick: 5), life: 500...1500)
        return [
            Figure(name, .milliseconds, summary, note: "the worker is its child, whose end it is told (startsecs=0)")
        ]
    }

    /// Kills what runs, so many times.
    ///
    /// - Parameter life: how many milliseconds it is left to live; a second from least to most, for those who do things
    ///   each second.
    private func measure(
        _ pidFile: String, count: Int, life: ClosedRange<Double> = 200...400,
        afterwards: () throws -> Void = {}
    ) throws -> Summary {
        laboratory.say("\(count) deaths: \(pidFile)")
        var samples = Samples()
        var pid = try running(pidFile, other: 0)
        for _ in 0..<count {
            pause(milliseconds: .random(in: life))
            try samples.time {
                kill(pid, SIGKILL)
                pid = try running(pidFile, other: pid)
            }
            try afterwards()
        }
        return samples.summary
    }

    /// Waits until the file names a process other than one.
    private func running(_ pidFile: String, other: pid_t) throws -> pid_t {
        var pid: pid_t = 0
        try wait(for: "the next life of the worker", seconds: 60, every: 0.5) {
            guard let text = try? contents(of: pidFile), text.last == "\n" else { return false }
            pid = pid_t(text.dropLast()) ?? 0
            return pid > 0 && pid != other && kill(pid, 0) == 0
        }
        return pid
    }
}
