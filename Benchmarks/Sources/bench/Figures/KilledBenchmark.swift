import Glibc

/// From the death of a process to its next life, with monitord and with those who do that too.
///
/// Each runs the same program, which writes its pid into a file: it runs again when that names another process.
/// monitord's application raises the alarm right after the death; the others find out by themselves.
struct KilledBenchmark {
    private static let worker = "/tmp/worker"

    let laboratory: Laboratory

    func run() throws -> [Figure] {
        try write(
            """
            #!/bin/sh
            echo $$ >"$1"
            exec sleep infinity

            """, to: Self.worker, mode: 0o755)
        let systemd = try restartedBySystemd()
        return [
            Figure(
                "killed to running, \(laboratory.fastest)", .milliseconds, try restartedByMonitord(),
                comparedWith: "systemd, Restart=always", systemd)
        ] + (try restartedByMonit()) + (try restartedBySupervisor())
    }

    private func restartedByMonitord() throws -> Summary {
        let pidFile = "/tmp/monitord-worker.pid"
        let notice = laboratory.fastest
        let unit = try Unit("killed.service", command: "\(Self.worker) \(pidFile)")
        let database = try laboratory.server.makeDatabase("killed", processes: 1) { _ in "killed" }
        try unit.start()
        try Monitor.start(notice.settings(database))
        defer {
            try? Monitor.stop()
            try? unit.stop()
        }
        return try measure(pidFile, count: laboratory.repetitions(50, quick: 10)) {
            try notice.raiseAlarm(of: 1, in: database)
        } afterwards: {
            try database.waitUntilCleared(every: 5)
        }
    }

    private func restartedBySystemd() throws -> Summary {
        let pidFile = "/tmp/systemd-worker.pid"
        let unit = try Unit(
            "restarted.service", command: "\(Self.worker) \(pidFile)\nRestart=always\nRestartSec=0")
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
        _ pidFile: String, count: Int, life: ClosedRange<Double> = 200...400, onDeath: () throws -> Void = {},
        afterwards: () throws -> Void = {}
    ) throws -> Summary {
        laboratory.say("\(count) deaths: \(pidFile)")
        var samples = Samples()
        var pid = try running(pidFile, other: 0)
        for _ in 0..<count {
            pause(milliseconds: .random(in: life))
            try samples.time {
                kill(pid, SIGKILL)
                try onDeath()
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
