import Synchronization

/// What happened in a soak, counted.
final class SoakTally: Sendable {
    enum Event: String, CaseIterable {
        case alarms = "alarms raised"
        case refusals = "alarms that the database did not take at once"
        case processKills = "processes killed"
        case daemonKills = "daemon killed"
        case daemonFreezes = "daemon suspended"
        case serverKills = "database killed"
        case serverFreezes = "database suspended"
    }

    private let counts = Mutex<[Event: Int]>([:])
    private let found = Mutex<[String]>([])

    func count(_ event: Event, _ number: Int = 1) { counts.withLock { $0[event, default: 0] += number } }

    func violation(_ text: String) { found.withLock { $0.append(text) } }

    var violations: [String] { found.withLock { $0 } }

    /// A line for each kind of event, then for each of the rows given.
    func table(_ more: [(String, String)]) -> String {
        let counts = counts.withLock { $0 }
        let rows =
            Event.allCases.map { ($0.rawValue, "\(counts[$0] ?? 0)") } + more + [("violations", "\(violations.count)")]
        return rows.map { name, value in
            name + String(repeating: " ", count: max(1, 50 - name.count)) + value
        }.joined(separator: "\n")
    }
}
