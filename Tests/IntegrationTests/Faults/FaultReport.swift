import Synchronization
import Testing

/// What the faults of a run have cost: a table, printed at its end.
enum FaultReport {
    /// What became of the alarms that stood when a fault was injected.
    struct Outcome: Sendable {
        /// Alarms before the fault, and after its recovery.
        var before: Int
        var after: Int
        /// Alarms that were cleared though nobody restarted their process.
        var lost: Int
        /// How often two of one process ran.
        var twice: Int
        /// Restarts that it took; one for each alarm, and one more for each recovery that the daemon's own end cut off.
        var restarts: Int
        /// From the end of the fault until no alarm stood and every process ran.
        var recovery: Duration
    }

    /// Not the faults themselves: what they hold, a disk say, is to go with them.
    private static let rows = Mutex<[(name: String, method: String, outcome: Outcome?)]>([])

    /// - Parameter outcome: nil where the fault came to no end.
    static func add(_ outcome: Outcome?, of fault: Fault) {
        rows.withLock { $0.append((fault.name, fault.method, outcome)) }
    }

    /// The table, of all faults that were injected so far.
    static var text: String {
        let rows = rows.withLock { $0 }
        let heading = ["fault", "injected how", "before", "after", "lost", "twice", "restarts", "normal after"]
        let lines = [heading] + rows.map { [$0.name, $0.method] + cells(of: $0.outcome) }
        let widths = heading.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let table = lines.map { line in
            zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        }
        let outcomes = rows.compactMap(\.outcome)
        let (lost, twice) = outcomes.reduce((0, 0)) { ($0.0 + $1.lost, $0.1 + $1.twice) }
        let sum = "\(outcomes.count) of \(rows.count) faults mended, \(lost) alarms lost, \(twice) processes twice"
        return (table + [sum]).joined(separator: "\n")
    }

    private static func cells(of outcome: Outcome?) -> [String] {
        guard let outcome else { return Array(repeating: "?", count: 6) }
        let numbers = [outcome.before, outcome.after, outcome.lost, outcome.twice, outcome.restarts]
        let tenths = (outcome.recovery / .milliseconds(100)).rounded()
        return numbers.map { "\($0)" } + ["\(tenths / 10) s"]
    }
}

/// Prints the report when all tests of the suite have ended.
struct FaultReportTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await function()
        print(FaultReport.text)
    }
}

extension Trait where Self == FaultReportTrait {
    static var printsFaultReport: Self { Self() }
}
