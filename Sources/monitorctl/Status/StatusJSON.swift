internal import MonitorCore

/// The status as JSON, for programs: keys and their order are a contract, told in monitorctl(8).
extension StatusReport {
    func json(now: Timestamp) -> JSONValue {
        .object([
            ("host", .string(host)),
            ("daemon", daemon.json),
            ("processes", .array(entries.map { $0.process.json(now: now) })),
        ])
    }
}

extension DaemonLife {
    fileprivate var json: JSONValue {
        .object([
            ("state", .string(word)),
            ("version", .optional(beat) { .string($0.daemon.version) }),
            ("lastPoll", .moment(beat?.lastPoll)),
        ])
    }

    private var word: String {
        switch self {
        case .running: "running"
        case .stopped: "stopped"
        case .silent: "silent"
        case .neverSeen: "never_seen"
        case .unknown: "unknown"
        }
    }
}

extension ProcessStatus {
    fileprivate func json(now: Timestamp) -> JSONValue {
        .object([
            ("id", .integer(processID)),
            ("name", .string(name)),
            ("alarm", .bool(alarm)),
            ("sound", .bool(sound)),
            ("notes", .optional(notes, JSONValue.string)),
            ("breaker", breakerJSON(now: now)),
            ("lastRecovery", .optional(last, \.recoveryJSON)),
        ])
    }

    /// A hold comes first: while it lasts, the breaker's own state has no effect.
    private func breakerJSON(now: Timestamp) -> JSONValue {
        let state: (word: String, until: Timestamp?)
        let held = hold.flatMap { $0.holds(at: now) ? $0 : nil }
        if let held {
            state = ("held", held.until)
        } else {
            switch breaker.state {
            case .closed: state = ("closed", nil)
            case .open(let until): state = ("open", until)
            case .halfOpen(let deadline): state = ("half_open", deadline)
            }
        }
        return .object([
            ("state", .string(state.word)),
            ("failures", .integer(Int64(breaker.failures))),
            ("until", .moment(state.until)),
            ("reason", .optional(held?.reason, JSONValue.string)),
        ])
    }
}

extension Event {
    fileprivate var recoveryJSON: JSONValue {
        .object([
            ("at", .moment(at)),
            ("outcome", .string(kind.rawValue)),
            ("durationSeconds", .seconds(duration)),
        ])
    }
}

extension JSONValue {
    static func moment(_ moment: Timestamp?) -> JSONValue { optional(moment) { .string(TimeFormat.rfc3339($0)) } }

    /// Seconds, to the millisecond.
    static func seconds(_ duration: Duration) -> JSONValue { .number(Double(duration.wholeMilliseconds) / 1000) }
}
