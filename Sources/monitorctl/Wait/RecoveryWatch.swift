internal import MonitorCore

/// Follows processes from the raising of their alarms to the end of their recoveries.
///
/// A pure value: it is shown what the store says, again and again, and tells what is new in it. A process has ended
/// when its alarm was cleared by a recovery, or when none is to be expected any more.
struct RecoveryWatch: Sendable {
    /// How it ended for one process.
    enum End: Sendable, Equatable {
        case recovered
        /// No recovery is to be expected: the breaker is open, somebody forbids it, or took the alarm away.
        case notRecovered
    }

    fileprivate struct Follower {
        var name: String
        /// What is known of the last recovery; what stood there before the alarm doesn't count.
        var last: HistoryEntry?
        var flight: Claim?
        var wasClear = false
        var recovered = false
        var end: End?
    }

    private var followers: [Int64: Follower] = [:]

    /// - Parameter processes: what the store said before the alarms were set.
    init(before processes: [ProcessStatus]) {
        for process in processes {
            followers[process.processID] = Follower(
                name: process.name.escapedForDisplay(), last: process.last, flight: process.claim)
        }
    }

    /// Those whose end is still awaited, by name.
    var awaited: [String] { followers.values.filter { $0.end == nil }.map(\.name).sorted() }

    /// Whether all that have ended were recovered.
    var allRecovered: Bool { followers.values.allSatisfy { $0.end == nil || $0.end == .recovered } }

    /// Takes what the store says now.
    ///
    /// - Returns: what is new, a line each.
    mutating func observe(
        _ processes: [ProcessStatus], daemon: DaemonLife, times: TimeFormat, policy: (String) -> BreakerPolicy
    ) -> [String] {
        let current = Dictionary(processes.map { ($0.processID, $0) }, uniquingKeysWith: { first, _ in first })
        var lines: [String] = []
        for id in followers.keys.sorted() {
            guard var follower = followers[id], follower.end == nil else { continue }
            let news =
                if let process = current[id] {
                    follower.observe(process, daemon: daemon, times: times, policy: policy(process.name))
                } else {
                    follower.ends(.notRecovered, "is monitored no more")
                }
            lines += news.map { "\(follower.name): \($0)" }
            followers[id] = follower
        }
        return lines
    }
}

extension RecoveryWatch.Follower {
    mutating func observe(
        _ process: ProcessStatus, daemon: DaemonLife, times: TimeFormat, policy: BreakerPolicy
    ) -> [String] {
        var news: [String] = []
        if let begun = process.claim, begun != flight {
            news.append("recovery began \(times.exact(begun.since))")
        }
        flight = process.claim
        if let entry = process.last, entry != last {
            news.append(Self.tell(entry, failures: process.breaker.failures, of: policy.maxFailures))
            recovered = entry.kind == .recovered
        }
        last = process.last
        return news + judge(process, daemon: daemon, times: times)
    }

    private mutating func judge(_ process: ProcessStatus, daemon: DaemonLife, times: TimeFormat) -> [String] {
        guard process.alarm else { return judgeCleared(process, daemon: daemon) }
        wasClear = false
        switch Condition(of: process, daemon: daemon, now: times.now) {
        case .breakerOpen(let until) where until > times.now:
            return ends(.notRecovered, "breaker open, next try \(times.full(until))")
        case .held(let hold, _):
            let by = hold.by.map { " by \($0.escapedForDisplay(limit: 60))" } ?? ""
            let reason = hold.reason.map { ": \($0.escapedForDisplay())" } ?? ""
            return ends(.notRecovered, "held\(by)\(reason)")
        case .refused:
            return ends(.notRecovered, "nothing is run for it")
        default:
            return []
        }
    }

    private mutating func judgeCleared(_ process: ProcessStatus, daemon: DaemonLife) -> [String] {
        if recovered { return ends(.recovered, "alarm cleared") }
        // Without tables of the monitor's own there is no history: the note is all that tells.
        if daemon == .unknown {
            return ends(.recovered, "alarm cleared: \(process.notes?.escapedForDisplay() ?? "no note")")
        }
        // The alarm may be read a moment before the history that belongs to it.
        defer { wasClear = true }
        return wasClear ? ends(.notRecovered, "alarm cleared, though not by a recovery") : []
    }

    mutating func ends(_ end: RecoveryWatch.End, _ news: String) -> [String] {
        self.end = end
        return [news]
    }

    private static func tell(_ entry: HistoryEntry, failures: Int, of limit: Int) -> String {
        let detail = entry.detail.split(separator: "\n").last.map { ": \(String($0).escapedForDisplay())" } ?? ""
        return switch entry.kind {
        case .recovered: "recovered in \(TimeFormat.took(entry.duration))\(detail)"
        case .failed: "recovery failed (\(failures) of \(limit) failures)\(detail)"
        case .relapsed: "in alarm again so soon that it counts as a failure (\(failures) of \(limit))\(detail)"
        case .interrupted: "recovery cut off\(detail)"
        case .refused: "refused\(detail)"
        case .reset, .held, .released: "\(entry.kind.rawValue)\(detail)"
        }
    }
}
