/// What the daemon costs while nothing happens, with 10,000 processes: memory, and CPU over a minute.
struct IdleBenchmark {
    let laboratory: Laboratory

    private var seconds: Double { laboratory.isQuick ? 10 : 60 }

    func run() throws -> [Figure] {
        let database = try laboratory.server.makeDatabase("idle", processes: 10_000) { "process-\($0)" }
        var figures: [Figure] = []
        let empty = try memoryOfEmptyProgram()
        for feed in [false, true] {
            let name = feed ? "idle, feed, poll each 300 s" : "idle, poll each second"
            guard !feed || Monitor.knowsChangeFeed else {
                figures.append(Figure(name, missing: "this monitord knows no change_feed"))
                continue
            }
            laboratory.say("\(Int(seconds)) s of doing nothing: \(name)")
            try Monitor.start(
                Monitor.Settings(database: database.name, changeFeed: feed, checkInterval: feed ? 300 : 1))
            defer { try? Monitor.stop() }
            let (cpu, memory) = try observe(Monitor.unit)
            figures += [
                Figure(
                    "PSS, \(name)", .megabytes, Summary(memory.proportional), comparedWith: "empty Swift program",
                    Summary(empty.proportional), goals: [.must(.p50, 12), .aim(.p50, 8)],
                    note: "\(rounded(memory.own)) MB are its own, \(rounded(memory.resident)) MB resident"),
                Figure("CPU, \(name)", .percent, Summary(cpu), goals: [.must(.p50, 0.3), .aim(.p50, 0.1)]),
            ]
        }
        return figures + (try monit())
    }

    /// Percent of a core over a while, and the memory at its end.
    private func observe(_ unit: String) throws -> (cpu: Double, memory: Memory) {
        // What a start brings with it is over then.
        pause(milliseconds: 5000)
        let (before, start) = (try Unit.cpuTime(of: unit), now())
        pause(milliseconds: seconds * 1000)
        let cpu = (try Unit.cpuTime(of: unit) - before) / 1000 / (now() - start) * 100
        return (cpu, try Memory(of: ServiceManager().mainPID(of: unit)))
    }

    private func memoryOfEmptyProgram() throws -> Memory {
        let unit = try Unit("empty.service", command: try Program.path(beside: "empty"))
        try unit.start()
        defer { try? unit.stop() }
        pause(milliseconds: 500)
        return try Memory(of: ServiceManager().mainPID(of: unit.name))
    }

    /// Monit, with a single process to watch.
    private func monit() throws -> [Figure] {
        let name = "idle, monit, one process"
        guard Program.isInstalled("monit") else { return [Figure(name, missing: "monit is not installed")] }
        laboratory.say("\(Int(seconds)) s of doing nothing: \(name)")
        // One that lives on: where there is something to start, it waits for that, and does not poll.
        try write("1\n", to: "/tmp/first.pid")
        let rival = try Monit(watching: "/tmp/first.pid", starting: "/bin/true")
        defer { try? rival.unit.stop() }
        let (cpu, memory) = try observe(rival.unit.name)
        return [
            Figure("PSS, \(name)", .megabytes, Summary(memory.proportional)),
            Figure("CPU, \(name)", .percent, Summary(cpu)),
        ]
    }

    private func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
