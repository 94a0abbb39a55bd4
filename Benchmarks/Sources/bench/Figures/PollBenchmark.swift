/// What a poll of the database costs while nothing is in alarm, by the number of processes.
///
/// The statement is the daemon's own, as the server's general log has it; it is then run as the daemon runs it, prepared
/// once. The sizes take turns, so that what disturbs one disturbs all.
struct PollBenchmark {
    private static let sizes = [100, 10_000, 100_000]

    let laboratory: Laboratory

    func run() throws -> [Figure] {
        let count = laboratory.repetitions(2000, quick: 500)
        laboratory.say("\(count) polls of each of \(Self.sizes)")
        var polls: [() throws -> Void] = []
        for size in Self.sizes {
            let database = try laboratory.server.makeDatabase("poll_\(size)", processes: size) { "process-\($0)" }
            polls.append(try database.prepare(try statement(of: database)))
        }
        var samples = Self.sizes.map { _ in Samples() }
        for round in 0..<count {
            // None of them is always the first.
            for index in polls.indices.map({ ($0 + round) % polls.count }) { try samples[index].time(polls[index]) }
        }
        let smallest = samples[0].summary
        return zip(Self.sizes, samples).map { size, samples in
            size == Self.sizes[0]
                ? Figure("poll of \(size)", .milliseconds, samples.summary)
                : Figure(
                    "poll of \(size)", .milliseconds, samples.summary, comparedWith: "poll of \(Self.sizes[0])",
                    smallest,
                    // No dearer at all: two measurements of one thing differ by as much.
                    goals: size == Self.sizes.last ? [.must(.ratio, 1.5), .aim(.ratio, 1.05)] : [])
        }
    }

    /// With what the daemon polls this database.
    private func statement(of database: Database) throws -> String {
        let log = try Database("mysql")
        try log.run("TRUNCATE mysql.general_log")
        try log.run("SET GLOBAL general_log = 1")
        defer { try? log.run("SET GLOBAL general_log = 0") }
        try Monitor.start(Monitor.Settings(database: database.name, checkInterval: 1))
        defer { try? Monitor.stop() }
        var statement: String?
        try wait(for: "a poll of the daemon", every: 100) {
            statement = try log.value(
                """
                SELECT argument FROM mysql.general_log WHERE command_type = 'Execute'
                AND argument LIKE 'SELECT %alarma = 1%' AND argument NOT LIKE '%general_log%' LIMIT 1
                """)
            return statement != nil
        }
        return statement ?? ""
    }
}
