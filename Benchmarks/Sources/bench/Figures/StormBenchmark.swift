/// 1,000 units (quick: 250) in alarm at once, beside a bare loop that restarts them, as many at a time.
///
/// Who is not measured does not run: systemd tells every restart to all who listen.
struct StormBenchmark {
    private static let atATime = 32

    let laboratory: Laboratory

    func run() throws -> [Figure] {
        let count = 3
        let size = laboratory.stormSize
        laboratory.say("\(count) storms of \(size), and as many bare loops")
        let database = try laboratory.server.makeDatabase("storm", processes: size) { "storm@\($0)" }
        let units = try StormUnits.start(size)
        let notice = laboratory.fastest
        var settings = notice.settings(database)
        settings.concurrentRestarts = Self.atATime
        var (storm, bare, memory) = (Samples(), Samples(), Samples())
        for _ in 0..<count {
            try Monitor.start(settings)
            pause(milliseconds: 1000)
            let committed = try notice.raiseAlarm(in: database)
            try database.waitUntilCleared(seconds: 240, every: 20)
            storm.add((now() - committed) / 1000)
            memory.add(try Memory(of: ServiceManager().mainPID(of: Monitor.unit)).proportional)
            try Monitor.stop()

            pause(milliseconds: 1000)
            let begun = now()
            try ServiceManager().restart(units, atATime: Self.atATime)
            bare.add((now() - begun) / 1000)
        }
        return [
            Figure(
                "storm of \(size), \(notice)", .seconds, storm.summary, comparedWith: "RestartUnit loop", bare.summary,
                goals: [.must(.ratio, 1.5), .aim(.ratio, 1.1)],
                note: "\(Self.atATime) at a time; \(Int(Double(size) / storm.summary.p50)) restarts a second, "
                    + "the loop \(Int(Double(size) / bare.summary.p50))"),
            Figure("memory (PSS) after a storm", .megabytes, memory.summary),
        ]
    }
}
