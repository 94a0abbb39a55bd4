import Glibc

/// What 1,000 checks each 10 s cost, half of them of ports and half of processes; beside Monit with the same.
struct ChecksBenchmark {
    private static let half = 500
    private static let period = 10.0

    let laboratory: Laboratory

    private var seconds: Double { laboratory.isQuick ? 30 : 120 }

    func run() throws -> [Figure] {
        let workers = try (0..<Self.half).map { number in
            let worker = try Program(["sleep", "infinity"])
            try write("\(worker.pid)\n", to: Self.pidFile(number), mode: 0o644)
            return worker
        }
        defer {
            for worker in workers {
                kill(worker.pid, SIGKILL)
                _ = worker.wait()
            }
        }
        let listener = try Listener()
        let database = try laboratory.server.makeDatabase("checks", processes: 2 * Self.half) {
            $0 <= Self.half ? "port-\($0 - 1)" : "worker-\($0 - 1 - Self.half)"
        }
        var settings = laboratory.fastest.settings(database)
        settings.sections = sections(listener.port)
        try Monitor.start(settings)
        let (cpu, memory) = try observe(Monitor.unit, listener)
        try Monitor.stop()
        let passed = try database.value("SELECT COUNT(*) FROM MONITOR_CHECK WHERE state = 'passed'") ?? "none"
        guard passed == "\(2 * Self.half)" else {
            throw Failure("cannot measure checks: \(passed) of them have passed")
        }
        guard let longest = listener.gaps.values.max() else { throw Failure("no port was checked twice") }

        let memories = Figure(
            "PSS, 1,000 checks", .megabytes, Summary(memory.proportional), goals: [.must(.p50, 20)])
        let lateness = Figure(
            "latest check, of its period", .percent, Summary((longest / 1000 / Self.period - 1) * 100),
            goals: [.must(.p50, 10)], note: "of \(listener.gaps.values.count) connections; below 0: none was late")
        guard Program.isInstalled("monit") else {
            return [Figure("CPU, 1,000 checks", .percent, Summary(cpu)), memories, lateness]
        }
        let monit = try Monit(each: Int(Self.period), monitrc(listener.port))
        defer { try? monit.unit.stop() }
        let (its, itsMemory) = try observe(monit.unit.name, listener)
        // A rival that does not do the work is no measure.
        let due = Int(seconds / Self.period * 0.5) * Self.half
        guard listener.gaps.values.count >= due else {
            throw Failure("cannot measure monit: it connected \(listener.gaps.values.count) times, not \(due)")
        }
        return [
            Figure(
                "CPU, 1,000 checks", .percent, Summary(cpu), comparedWith: "monit", Summary(its),
                goals: [.must(.ratio, 0.5)]),
            memories, lateness,
            Figure(
                "PSS, monit, 1,000 checks", .megabytes, Summary(itsMemory.proportional),
                note: "\(listener.gaps.values.count) connections"),
        ]
    }

    /// Percent of a core over a while, and the memory at its end.
    private func observe(_ unit: String, _ listener: Listener) throws -> (cpu: Double, memory: Memory) {
        laboratory.say("\(Int(seconds)) s of 1,000 checks: \(unit)")
        // What a start brings with it is over then.
        listener.serve(seconds: 1.5 * Self.period)
        listener.forget()
        let (before, start) = (try Unit.cpuTime(of: unit), now())
        listener.serve(seconds: seconds)
        let cpu = (try Unit.cpuTime(of: unit) - before) / 1000 / (now() - start) * 100
        return (cpu, try Memory(of: ServiceManager().mainPID(of: unit)))
    }

    private func sections(_ port: UInt16) -> String {
        (0..<Self.half).map { number in
            """
            [check.port-\(number)]
            type = tcp
            address = \(Listener.host(number)):\(port)
            [process.worker-\(number)]
            pid_file = \(Self.pidFile(number))
            [check.worker-\(number)]
            type = process
            """
        }.joined(separator: "\n")
    }

    private func monitrc(_ port: UInt16) -> String {
        (0..<Self.half).map { number in
            """
            check host port-\(number) with address \(Listener.host(number))
                if failed port \(port) then alert
            check process worker-\(number) with pidfile \(Self.pidFile(number))

            """
        }.joined()
    }

    private static func pidFile(_ number: Int) -> String { "/tmp/worker-\(number).pid" }
}
