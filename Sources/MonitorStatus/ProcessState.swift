package import MonitorCore

/// What is the matter with a process, for an operator who has to decide what to do next.
package enum ProcessState: Sendable, Equatable, Codable {
    /// In alarm, and given up for now.
    case breakerOpen(until: Timestamp)
    /// In alarm, and nothing may be run for it.
    case refused
    /// In alarm, and waiting to be recovered.
    case alarm(since: Timestamp?)
    case recovering(since: Timestamp)
    /// An operator forbids restarts.
    case held(Hold, inAlarm: Bool)
    /// Not in alarm, though the breaker has not forgotten earlier failures.
    case okBehindBreaker(until: Timestamp)
    case ok

    package init(of process: ProcessStatus, daemon: DaemonState, now: Timestamp) {
        if let claim = process.claim, case .running(let heartbeat) = daemon,
            heartbeat.daemon.instance == claim.instance
        {
            self = .recovering(since: claim.since)
        } else if let hold = process.hold, hold.holds(at: now) {
            self = .held(hold, inAlarm: process.alarm)
        } else if case .open(let until) = process.breaker.state {
            self = process.alarm ? .breakerOpen(until: until) : .okBehindBreaker(until: until)
        } else if !process.alarm {
            self = .ok
        } else {
            self = Self.isRefused(process) ? .refused : .alarm(since: process.raisedAt)
        }
    }

    private static func isRefused(_ process: ProcessStatus) -> Bool {
        guard (try? ProcessName(process.name)) != nil else { return true }
        guard let last = process.last, last.kind == .refused else { return false }
        return process.raisedAt.map { last.at >= $0 } ?? true
    }

    /// Where it stands in a list that begins with what needs an operator most.
    package var urgency: Int {
        switch self {
        case .breakerOpen: 0
        case .refused: 1
        case .alarm: 2
        case .held(_, inAlarm: true): 3
        case .recovering: 4
        case .held(_, inAlarm: false): 5
        case .okBehindBreaker: 6
        case .ok: 7
        }
    }
}

extension ProcessState {
    /// The state in words; with `exact`, moments are shown as times of day too.
    package func text(_ times: TimeFormat, exact: Bool) -> String {
        switch self {
        case .breakerOpen(let until):
            "BREAKER OPEN, \(until > times.now ? "next try \(Self.moment(until, times, exact))" : "trial is due")"
        case .refused:
            "ALARM, REFUSED"
        case .alarm(let since):
            since.map { "ALARM for \(Self.age($0, times, exact))" } ?? "ALARM"
        case .recovering(let since):
            "RECOVERING for \(Self.age(since, times, exact))"
        case .held(let hold, let inAlarm):
            Self.held(hold, times, exact) + (inAlarm ? ", IN ALARM" : "")
        case .okBehindBreaker(let until):
            "OK" + (until > times.now ? ", breaker open" + (exact ? " until \(times.full(until))" : "") : "")
        case .ok:
            "OK"
        }
    }

    private static func held(_ hold: Hold, _ times: TimeFormat, _ exact: Bool) -> String {
        let by = hold.by.map { " by \($0.escapedForDisplay(limit: 20))" } ?? ""
        guard let until = hold.until else { return "HELD" + by + (exact ? " until released" : "") }
        return "HELD" + by + (exact ? " until \(times.full(until))" : ", \(TimeFormat.length(until - times.now)) left")
    }

    private static func moment(_ moment: Timestamp, _ times: TimeFormat, _ exact: Bool) -> String {
        exact ? times.full(moment) : times.relative(moment)
    }

    private static func age(_ moment: Timestamp, _ times: TimeFormat, _ exact: Bool) -> String {
        times.age(of: moment) + (exact ? " (since \(times.exact(moment)))" : "")
    }
}

/// All that is known of one process, as labels with their texts: what `status NAME` and the page of a process show.
package struct ProcessFacts: Sendable {
    package struct Fact: Sendable, Equatable, Codable {
        package var label: String
        /// A paragraph each, safe to be shown.
        package var paragraphs: [String]
    }

    private let process: ProcessStatus
    private let state: ProcessState
    private let checks: [CheckRecord]
    private let daemon: DaemonState
    private let policy: BreakerPolicy
    private let checkInterval: Duration
    private let objection: String?
    private let times: TimeFormat

    /// - Parameter objection: why this host never restarts the process, by its configuration.
    package init(
        _ entry: StatusReport.Entry, daemon: DaemonState, policy: BreakerPolicy, checkInterval: Duration,
        objection: String? = nil, times: TimeFormat
    ) {
        process = entry.process
        state = entry.state
        checks = entry.checks
        self.daemon = daemon
        self.policy = policy
        self.checkInterval = checkInterval
        self.objection = objection
        self.times = times
    }

    /// What is known, its state first; a label without a text is left out.
    package var facts: [Fact] {
        let known: [(String, [String?])] = [
            ("State", [state.text(times, exact: false)]),
            ("Alarm", [alarm]),
            ("Note", process.notes?.paragraphsForDisplay.map(times.inThisZone) ?? []),
            ("Checks", checks.map { $0.text(times) }),
            ("Breaker", [breaker]),
            ("Hold", [hold]),
            ("Last outcome", [lastOutcome]),
            ("Detail", process.last?.detail.paragraphsForDisplay.map(times.inThisZone) ?? []),
            ("Next", [next]),
        ]
        return known.map { Fact(label: $0, paragraphs: $1.compactMap(\.self)) }.filter { !$0.paragraphs.isEmpty }
    }

    private var alarm: String? {
        guard process.alarm else { return nil }
        return process.raisedAt.map { "raised \(times.full($0))" } ?? "raised, not known when"
    }

    private var breaker: String? {
        let breaker = process.breaker
        let count = "\(breaker.failures) of \(policy.maxFailures) failures"
        return switch breaker.state {
        case .closed where breaker.failures == 0: nil
        case .closed: "closed, \(count)"
        case .open(let until):
            "open until \(times.full(until)), after \(breaker.failures) failures in a row"
                + (breaker.openings > 1 ? ", opened \(breaker.openings) times, no recovery lasted" : "")
        case .halfOpen(let deadline): "half open: one trial, to be over by \(times.full(deadline))"
        }
    }

    private var hold: String? {
        guard let hold = process.hold else { return nil }
        var parts = ["since \(times.full(hold.since))"]
        if let by = hold.by { parts.append("by \(by.escapedForDisplay(limit: 60))") }
        if let until = hold.until {
            parts.append("\(hold.holds(at: times.now) ? "until" : "ended") \(times.full(until))")
        }
        return parts.joined(separator: ", ") + (hold.reason.map { ": \($0.escapedForDisplay())" } ?? "")
    }

    private var lastOutcome: String? {
        guard let last = process.last else { return nil }
        let attempts = last.attempts == 1 ? "1 attempt" : "\(last.attempts) attempts"
        let duration = last.attempts > 0 ? ", \(attempts) in \(TimeFormat.took(last.duration))" : ""
        return "\(last.kind.rawValue) \(times.full(last.at))\(duration)"
    }

    /// What happens next if no operator does anything, and what an operator can do.
    private var next: String? {
        // Only a name that no shell could misread stands in a command that an operator may paste.
        let name = (try? ProcessName(process.name))?.rawValue ?? "NAME"
        if case .unheard = daemon, process.alarm { return "nothing: monitord can't write to the database" }
        if daemon.isDown, process.alarm { return "nothing: monitord is not running" }
        switch state {
        case .ok, .okBehindBreaker: return nil
        case .recovering:
            return "the recovery ends within \(TimeFormat.length(policy.trialLimit)); "
                + "`monitorctl cancel \(name)` ends it now, and clears the alarm"
        case .breakerOpen(let until):
            let trial = until > times.now ? "one trial \(times.relative(until))" : "one trial at the next poll"
            return "\(trial); `monitorctl reset \(name)` closes the breaker now"
        case .refused: return "nothing, until the cause is mended: the note says why"
        case .held(let hold, let inAlarm):
            let end = hold.until.map { "\(times.relative($0))" } ?? "once released"
            return inAlarm ? "next attempt \(end); `monitorctl release \(name)` ends the hold now" : nil
        case .alarm:
            if let objection { return "nothing on this host: \(objection)" }
            return "next attempt at the next poll, within \(TimeFormat.length(checkInterval))"
        }
    }
}

extension CheckRecord {
    /// `http failed 3 min ago: connection refused`.
    fileprivate func text(_ times: TimeFormat) -> String {
        let name = check.escapedForDisplay(limit: 60)
        let message = message.isEmpty ? "" : ": \(message.escapedForDisplay())"
        return "\(name) \(standing.rawValue) \(times.full(since))\(message)"
    }
}

extension String {
    /// The lines of a text from the database that say something, each safe to be shown.
    package var paragraphsForDisplay: [String] {
        split(whereSeparator: \.isNewline).map { String($0).escapedForDisplay() }
            .filter { line in line.contains { !$0.isWhitespace } }
    }
}
