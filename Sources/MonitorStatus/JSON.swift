package import MonitorCore

/// A JSON text in the making (RFC 8259), its keys in the order in which they were given.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])

    /// The JSON text, on one line.
    package var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        // JSON has no infinity, and no NaN.
        case .number(let value): value.isFinite ? value.description : "null"
        case .string(let value): value.quotedAsJSON
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\($0.key.quotedAsJSON):\($0.value.text)" }.joined(separator: ",") + "}"
        }
    }

    /// The value, or null.
    package static func optional<Value>(_ value: Value?, _ make: (Value) -> JSONValue) -> JSONValue {
        value.map(make) ?? .null
    }

    package static func moment(_ moment: Timestamp?) -> JSONValue { optional(moment) { .string($0.description) } }

    /// Seconds, to the millisecond.
    package static func seconds(_ duration: Duration) -> JSONValue {
        .number(Double(duration.wholeMilliseconds) / 1000)
    }
}

// The shapes: keys and their order are a contract, described in monitorctl(8). New keys come behind the old ones.

extension StatusReport {
    package func json(now: Timestamp) -> JSONValue {
        .object([
            ("host", .string(host)),
            ("daemon", daemon.json),
            ("processes", .array(entries.map { $0.process.json(checks: $0.checks, now: now) })),
            ("unserved", .array(unserved.map(\.json))),
        ])
    }
}

extension HistoryReport {
    package var json: JSONValue { .object([("host", .string(host)), ("history", .array(entries.map(\.json)))]) }
}

extension UnservedRow {
    fileprivate var json: JSONValue {
        .object([
            ("id", .optional(processID, JSONValue.integer)),
            ("name", .optional(name, JSONValue.string)),
            ("alarma", .optional(alarm, JSONValue.string)),
        ])
    }
}

extension DaemonState {
    fileprivate var json: JSONValue {
        .object([
            ("state", .string(word)),
            ("version", .optional(heartbeat) { .string($0.daemon.version) }),
            ("lastPoll", .moment(heartbeat?.lastPoll)),
            ("lastHeartbeat", .moment(heartbeat?.madeAt)),
        ])
    }
}

extension ProcessStatus {
    fileprivate func json(checks: [CheckRecord], now: Timestamp) -> JSONValue {
        .object([
            ("id", .integer(processID)),
            ("name", .string(name)),
            ("alarm", .bool(alarm)),
            ("sound", .bool(sound)),
            ("notes", .optional(notes, JSONValue.string)),
            ("breaker", breakerJSON(now: now)),
            ("lastRecovery", .optional(last, \.recoveryJSON)),
            ("checks", .array(checks.map(\.json))),
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

extension CheckRecord {
    fileprivate var json: JSONValue {
        .object([
            ("name", .string(check)),
            ("state", .string(standing.rawValue)),
            ("since", .moment(since)),
            ("message", .string(message)),
        ])
    }
}

extension Event {
    fileprivate var json: JSONValue {
        .object([
            ("at", .moment(began)),
            ("name", .optional(processName, JSONValue.string)),
            ("kind", .string(kind.rawValue)),
            ("durationSeconds", .seconds(duration)),
            ("attempts", .integer(Int64(attempts))),
            ("detail", .string(fullDetail)),
            ("endedAt", .moment(at)),
            ("code", .optional(code) { .string($0.rawValue) }),
        ])
    }

    fileprivate var recoveryJSON: JSONValue {
        .object([
            ("at", .moment(began)),
            ("outcome", .string(kind.rawValue)),
            ("durationSeconds", .seconds(duration)),
            ("endedAt", .moment(at)),
        ])
    }
}
