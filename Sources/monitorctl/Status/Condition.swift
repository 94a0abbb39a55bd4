internal import MonitorCore

/// What is the matter with a process, for somebody who has to decide what to do next.
enum Condition: Sendable, Equatable {
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

    init(of process: ProcessStatus, daemon: DaemonLife, now: Timestamp) {
        if let flight = process.claim, case .running(let beat) = daemon, beat.daemon.instance == flight.instance {
            self = .recovering(since: flight.since)
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

    /// Where it stands in a list that begins with what needs somebody most.
    var urgency: Int {
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

    var style: TextStyle {
        switch self {
        case .breakerOpen: .alert
        case .refused, .alarm: .bad
        case .recovering, .held, .okBehindBreaker: .busy
        case .ok: .good
        }
    }
}

extension Condition {
    /// The state in words; with `exact`, moments are told as times of day too.
    func text(_ times: TimeFormat, exact: Bool) -> String {
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
