/// What can be measured, by the names that the command line takes; in the order in which it is.
///
/// The thousand processes of a storm come last: a program that goes through all processes pays for them.
enum Benchmark: String, CaseIterable {
    case alarm, poll, idle, killed, checks, storm, start

    func run(in laboratory: Laboratory) throws -> [Figure] {
        switch self {
        case .alarm: try AlarmBenchmark(laboratory: laboratory).run()
        case .storm: try StormBenchmark(laboratory: laboratory).run()
        case .poll: try PollBenchmark(laboratory: laboratory).run()
        case .idle: try IdleBenchmark(laboratory: laboratory).run()
        case .start: try StartBenchmark(laboratory: laboratory).run()
        case .checks: try ChecksBenchmark(laboratory: laboratory).run()
        case .killed: try KilledBenchmark(laboratory: laboratory).run()
        }
    }
}
