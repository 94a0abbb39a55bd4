internal import MonitorCore
internal import MonitorStatus

/// `alarm set --wait`: asks the store again and again how the recoveries are getting on, and prints what is new.
struct RecoveryWait {
    var session: Session
    var timeout: Duration

    /// The first pause between two questions, and the longest that it grows to.
    private static let pauses: ClosedRange<Duration> = .milliseconds(200)...(.seconds(1))

    /// Returns when all processes are recovered.
    ///
    /// - Parameter processes: as they were before their alarms were set.
    /// - Throws: `ExitStatus.failed` when the recovery of one of them has failed or is not to be expected, a
    ///   ``Failure`` with `ExitStatus.timedOut` when the time is over or no daemon is there to recover them.
    func run(before processes: [ProcessStatus]) async throws {
        var watch = RecoveryWatch(before: processes)
        let deadline = ContinuousClock.now + timeout
        var pause = Self.pauses.lowerBound
        var isAnswering = true
        while true {
            do {
                try await ask(&watch, names: processes.map(\.name))
                if !isAnswering { Console.report("the database answers again") }
                isAnswering = true
            } catch let error as StoreError where error.isTransient {
                // Said once; the recovery may well go on while the tool can't see it.
                if isAnswering { Console.report("\(error); still waiting") }
                isAnswering = false
            }
            if watch.awaited.isEmpty { break }
            let left = deadline - .now
            guard left > .zero else {
                throw notRecovered(watch, because: "no outcome after \(TimeFormat.took(timeout))")
            }
            try await Task.sleep(for: min(pause, left))
            pause = min(pause * 1.5, Self.pauses.upperBound)
        }
        guard watch.allRecovered else { throw ExitStatus.failed }
    }

    private func ask(_ watch: inout RecoveryWatch, names: [String]) async throws {
        let daemon = try await session.daemon()
        let processes = try await session.store.processes(named: names)
        let news = watch.observe(processes, daemon: daemon, times: session.times, policy: session.policy(of:))
        news.forEach(Console.report)
        if daemon.isDown, !watch.awaited.isEmpty {
            throw notRecovered(watch, because: daemon.headline(host: session.host, times: session.times))
        }
    }

    private func notRecovered(_ watch: RecoveryWatch, because reason: String) -> Failure {
        let names = watch.awaited.map { "'\($0)'" }.joined(separator: ", ")
        return Failure(.timedOut, "cannot wait for \(names): \(reason); the alarm stays set")
    }
}

/// Follows processes from the raising of their alarms to the end of their recoveries.
///
/// A pure value: it is shown what the store says, again and again, and answers with what is new in it. A process has
/// ended when its alarm was cleared by a recovery, when its recovery failed, or when none is to be expected any more.
struct RecoveryWatch: Sendable {
    /// How it ended for one process.
    enum End: Sendable, Equatable {
        case recovered
        /// Its recovery failed; or none is to be expected: the breaker is open, an operator forbids it, or took the
        /// alarm away.
        case notRecovered
    }

    fileprivate struct Follower {
        var name: String
        /// What is known of the last recovery; what stood there before the alarm doesn't count.
        var last: Event?
        var claim: Claim?
        /// The claim of a recovery that was under way when the alarm was set: its outcome is that of an earlier alarm.
        var claimBefore: Claim?
        var wasClear = false
        var recovered = false
        var end: End?
    }

    private var followers: [Int64: Follower] = [:]

    /// - Parameter processes: what the store said before the alarms were set.
    init(before processes: [ProcessStatus]) {
        for process in processes {
            followers[process.processID] = Follower(
                name: process.name.escapedForDisplay(), last: process.last, claim: process.claim,
                claimBefore: process.claim)
        }
    }

    /// Those whose end is still awaited, by name.
    var awaited: [String] { followers.values.filter { $0.end == nil }.map(\.name).sorted() }

    /// Whether all that have ended were recovered.
    var allRecovered: Bool { followers.values.allSatisfy { $0.end == nil || $0.end == .recovered } }

    /// Takes what the store says now.
    ///
    /// - Returns: what is new, a line each, in the order in which it happened.
    mutating func observe(
        _ processes: [ProcessStatus], daemon: DaemonState, times: TimeFormat, policy: (String) -> BreakerPolicy
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
        _ process: ProcessStatus, daemon: DaemonState, times: TimeFormat, policy: BreakerPolicy
    ) -> [String] {
        var news: [(at: Timestamp, text: String)] = []
        let outcome = process.last == last ? nil : process.last
        if let outcome {
            news.append((outcome.at, Self.text(of: outcome, failures: process.breaker.failures, of: policy)))
            recovered = outcome.kind == .recovered
        }
        last = process.last
        // The next recovery may have begun between two questions: what ended before it is printed before it.
        if let begun = process.claim, begun != claim {
            let text = "recovery began \(times.exact(begun.since))"
            news.insert((begun.since, text), at: news.first.map { $0.at > begun.since ? 0 : 1 } ?? 0)
        }
        claim = process.claim
        return news.map(\.text) + evaluate(process, outcome: outcome, daemon: daemon, times: times)
    }

    private mutating func evaluate(
        _ process: ProcessStatus, outcome: Event?, daemon: DaemonState, times: TimeFormat
    ) -> [String] {
        guard process.alarm else { return evaluateCleared(process, daemon: daemon) }
        wasClear = false
        switch ProcessState(of: process, daemon: daemon, now: times.now) {
        case .breakerOpen(let until) where until > times.now:
            return ends(.notRecovered, "breaker open, next try \(times.full(until))")
        case .held(let hold, _):
            let by = hold.by.map { " by \($0.escapedForDisplay(limit: 60))" } ?? ""
            let reason = hold.reason.map { ": \($0.escapedForDisplay())" } ?? ""
            return ends(.notRecovered, "held\(by)\(reason)")
        case .refused:
            return ends(.notRecovered, "nothing is run for it")
        default:
            guard let outcome, outcome.kind == .failed, outcome.began != claimBefore?.since else { return [] }
            return ends(.notRecovered, "the alarm stands, and monitord tries again by itself")
        }
    }

    private mutating func evaluateCleared(_ process: ProcessStatus, daemon: DaemonState) -> [String] {
        if recovered { return ends(.recovered, "alarm cleared") }
        // Without tables of the monitor's own there is no history: the note is all there is.
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

    private static func text(of entry: Event, failures: Int, of policy: BreakerPolicy) -> String {
        let limit = policy.maxFailures
        let detail = entry.detail.split(separator: "\n").last.map { ": \(String($0).escapedForDisplay())" } ?? ""
        return switch entry.kind {
        case .recovered: "recovered in \(TimeFormat.took(entry.duration))\(detail)"
        case .failed: "recovery failed (\(failures) of \(limit) failures)\(detail)"
        case .relapsed: "in alarm again so soon that it counts as a failure (\(failures) of \(limit))\(detail)"
        case .interrupted: "recovery cut off\(detail)"
        case .refused: "refused\(detail)"
        default: "\(entry.kind.rawValue)\(detail)"
        }
    }
}
