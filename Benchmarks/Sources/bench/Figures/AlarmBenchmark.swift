/// From an alarm's commit to the restart, and to the end of the alarm; beside what a restart costs without a monitor.
///
/// The unit says when it is ready (`Type=notify`): a restart has ended then, for both. One that can't say so is watched for
/// its `stable_for` before its alarm is cleared, which is a figure apart.
///
/// The moment of the restart is systemd's own: when the unit began to stop, see ``ServiceManager/activeExit(of:)``.
struct AlarmBenchmark {
    let laboratory: Laboratory

    private struct Times {
        var toRestart = Samples()
        var toCleared = Samples()
        var call = Samples()
        var systemctl = Samples()
    }

    func run() throws -> [Figure] {
        let unit = try Unit("single.service", command: try Program.path(beside: "empty") + "\nType=notify")
        let database = try laboratory.server.makeDatabase("alarm", processes: 1) { _ in "single" }
        try unit.start()
        defer { try? Monitor.stop() }
        let figures = try Notice.allCases.flatMap { notice in
            guard notice != .feed || Monitor.knowsChangeFeed else {
                return [Figure("alarm to restart, feed", missing: "this monitord knows no change_feed")]
            }
            let times = try measure(notice, unit, database, count: laboratory.repetitions(200, quick: 40))
            let isFeed = notice == .feed
            return [
                Figure(
                    "alarm to restart, \(notice)", .milliseconds, times.toRestart.summary,
                    comparedWith: "RestartUnit call",
                    times.call.summary, goals: isFeed ? [.must(.p50, 3), .must(.p99, 25), .aim(.p50, 1)] : []),
                Figure(
                    "alarm to cleared, \(notice)", .milliseconds, times.toCleared.summary,
                    comparedWith: "systemctl restart",
                    times.systemctl.summary, goals: [.must(.ratio, 0.85)]),
            ]
        }
        return figures + [try simple(database)]
    }

    /// With a unit that is active as soon as its process is there.
    private func simple(_ database: Database) throws -> Figure {
        let unit = try Unit("single.service", command: "/bin/sleep infinity")
        try Program.run("systemctl", "restart", unit.name)
        let times = try measure(laboratory.fastest, unit, database, count: laboratory.repetitions(20, quick: 5))
        return Figure(
            "alarm to cleared, Type=simple", .milliseconds, times.toCleared.summary, comparedWith: "systemctl restart",
            times.systemctl.summary, note: "stable_for is a second of it")
    }

    private func measure(_ notice: Notice, _ unit: Unit, _ database: Database, count: Int) throws -> Times {
        laboratory.say("\(count) alarms, noticed by \(notice), and as many bare restarts between them")
        try Monitor.start(notice.settings(database))
        let manager = try ServiceManager()
        var times = Times()
        // The first ones find nothing warm.
        for round in -5..<count {
            // Not in step with anything.
            pause(milliseconds: .random(in: 20...40))
            try manager.forget()
            let committed = try notice.raiseAlarm(of: 1, in: database)
            try manager.waitForRestart(of: unit.name)
            try database.waitUntilCleared(every: 0.2)
            let cleared = now()
            let restarted = try manager.activeExit(of: unit.name)

            pause(milliseconds: .random(in: 20...40))
            try manager.forget()
            let called = now()
            _ = try manager.restart(unit.name)
            try manager.waitForRestart(of: unit.name)
            let begun = try manager.activeExit(of: unit.name)

            pause(milliseconds: .random(in: 20...40))
            let asked = now()
            try Program.run("systemctl", "restart", unit.name)
            let done = now()

            guard round >= 0 else { continue }
            times.toRestart.add(restarted - committed)
            times.toCleared.add(cleared - committed)
            times.call.add(begun - called)
            times.systemctl.add(done - asked)
        }
        return times
    }
}
