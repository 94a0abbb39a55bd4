@preconcurrency import Glibc

/// Measures the installed programs, inside a box made by `scripts/systemd-box`: bench [--quick] [FIGURE…]
///
/// Prints a table, then JSON lines. Ends with 1 where something could not be measured that should be, and otherwise
/// with 0: what a figure is to be is for its reader to judge.
@main
struct Bench {
    static func main() {
        setvbuf(stdout, nil, _IOLBF, 0)
        do {
            guard getenv("MONITOR_SYSTEMD_BOX") != nil else {
                throw Failure("cannot run outside of scripts/systemd-box: it would replace this host's monitord")
            }
            exit(try measure(CommandLine.arguments.dropFirst()) ? 0 : 1)
        } catch {
            print("bench: \(error)")
            exit(1)
        }
    }

    private static func measure(_ arguments: ArraySlice<String>) throws -> Bool {
        let names = arguments.filter { $0 != "--quick" }
        let benchmarks = try names.map { name in
            guard let benchmark = Benchmark(rawValue: name) else {
                let all = Benchmark.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure("cannot measure '\(name)': there are \(all)")
            }
            return benchmark
        }
        try Program.run("scripts/install", "install")
        let laboratory = Laboratory(isQuick: names.count < arguments.count, server: try DatabaseServer())
        let machine = try Machine(Database("mysql"))
        var figures: [Figure] = []
        var isComplete = true
        for benchmark in Benchmark.allCases where benchmarks.isEmpty || benchmarks.contains(benchmark) {
            do {
                figures += try benchmark.run(in: laboratory)
            } catch {
                isComplete = false
                figures.append(Figure(benchmark.rawValue, missing: "\(error)"))
            }
        }
        print("\n\(machine)\n\n\(Report.table(figures))\n")
        print(Report.jsonLine(machine))
        for figure in figures { print(Report.jsonLine(figure)) }
        return isComplete
    }
}
