internal import MonitorCore

// How rows become values, and values rows.

extension SQLRowReader {
    /// Reads the seven columns of a breaker; that of a process that never failed where they are NULL.
    mutating func breaker() -> CircuitBreaker {
        let state = text()
        let (failures, generation, openings) = (integer() ?? 0, integer() ?? 0, integer() ?? 0)
        let (until, success, retry) = (timestamp(), timestamp(), timestamp())
        return CircuitBreaker(
            state: CircuitBreaker.State(stored: state, until: until), failures: Int(clamping: failures),
            generation: generation, openings: Int(clamping: openings), provisionalSuccess: success, retryAt: retry)
    }

    /// Reads the two columns of a claim.
    mutating func claim() -> Claim? {
        let (since, instance) = (timestamp(), text())
        guard let since, let instance else { return nil }
        return Claim(since: since, instance: instance)
    }

    /// Reads the four columns of a hold.
    mutating func hold() -> Hold? {
        let (since, until, reason, by) = (timestamp(), timestamp(), text(), text())
        return since.map { Hold(since: $0, until: until, reason: reason, by: by) }
    }

    /// Reads the eleven columns of an event; nil where they are NULL.
    mutating func event() -> Event? {
        let (at, host, id, name) = (timestamp(), text(), integer(), text())
        let (kind, code, actor) = (text(), text(), text())
        let (duration, attempts, detail, note) = (integer() ?? 0, integer() ?? 0, text() ?? "", text())
        guard let at, let kind else { return nil }
        var event = Event(
            Event.Kind(rawValue: kind), code: code.map(Event.Code.init(rawValue:)), at: at, processID: id,
            processName: name, actor: actor, detail: detail)
        (event.host, event.duration, event.attempts) = (host, .milliseconds(duration), Int(clamping: attempts))
        event.note = note
        return event
    }
}

extension CircuitBreaker.State {
    /// The state that a row describes. One that is unknown, written by hand, allows one trial.
    init(stored state: String?, until: Timestamp?) {
        let until = until ?? Timestamp(milliseconds: 0)
        switch state {
        case nil, "closed": self = .closed
        case "half_open": self = .halfOpen(deadline: until)
        default: self = .open(until: until)
        }
    }
}

extension CircuitBreaker {
    /// The seven columns of it.
    var row: [SQLValue] {
        let (word, until): (String, Timestamp?) =
            switch state {
            case .closed: ("closed", nil)
            case .open(let until): ("open", until)
            case .halfOpen(let deadline): ("half_open", deadline)
            }
        return [
            .text(word), SQLValue(failures), .integer(generation), SQLValue(openings), SQLValue(until),
            SQLValue(provisionalSuccess), SQLValue(retryAt),
        ]
    }
}

extension Event {
    /// The columns that ``row`` fills and ``SQLRowReader/event()`` reads.
    static func columns(_ prefix: String = "") -> String {
        [
            "happened_at", "host", "process_id", "process_name", "kind", "code", "actor", "duration", "attempts",
            "detail", "note",
        ].map { prefix + $0 }.joined(separator: ", ")
    }

    /// The eleven columns of it, cut to what they hold.
    func row(writtenBy host: String) -> [SQLValue] {
        [
            SQLValue(at), .text(self.host ?? host), SQLValue(processID), SQLValue(processName?.cut(toCharacters: 100)),
            .text(kind.rawValue.cut(toCharacters: 32)), SQLValue(code?.rawValue.cut(toCharacters: 64)),
            SQLValue(actor?.cut(toCharacters: 100)), .integer(duration.wholeMilliseconds), SQLValue(attempts),
            .text(detail.cut(toCharacters: Self.detailLimit)), SQLValue(note?.cut(toCharacters: 500)),
        ]
    }
}

extension CheckRecord {
    /// A check from a row of ``ControlSQL/checks(of:)``; nil for one in a state that a later version may know.
    init?(row: [SQLValue]) {
        var row = SQLRowReader(row)
        let (id, check) = (row.integer(), row.text())
        guard let id, let check, let standing = row.text().flatMap(CheckStanding.init) else { return nil }
        let since = row.timestamp() ?? Timestamp(milliseconds: 0)
        self.init(processID: id, check: check, standing: standing, since: since, message: row.text() ?? "")
    }

    /// Its columns, cut to what they hold.
    var row: [SQLValue] {
        [
            .text(standing.rawValue), SQLValue(since), .text(message.cut(toCharacters: 500)), .integer(processID),
            .text(check.cut(toCharacters: 100)),
        ]
    }
}

extension ProcessStatus {
    /// A process from a row of ``ControlSQL/processes(named:)``.
    init(row: [SQLValue], readAt now: Timestamp) {
        var row = SQLRowReader(row)
        self.init(processID: row.integer() ?? 0, name: row.text() ?? "")
        (alarm, sound, notes) = (row.integer() == 1, row.integer() == 1, row.text())
        let (age, source, reason) = (row.integer(), row.text(), row.text())
        if alarm {
            raisedAt = age.map { now + .milliseconds(-max(0, $0)) }
            (self.source, self.reason) = (source, reason)
        }
        (breaker, claim, hold) = (row.breaker(), row.claim(), row.hold())
        last = row.event()
    }
}

extension Alarm {
    /// An alarm from a row of ``AlarmSQL/poll``.
    init(row: [SQLValue], readAt now: Timestamp) {
        var row = SQLRowReader(row)
        self.init(processID: row.integer() ?? 0, name: row.text(), notes: row.text(), revision: row.integer())
        // The server's clock may be wrong, the time that passed on it is not.
        raisedAt = row.integer().map { now + .milliseconds(-max(0, $0)) }
        (source, reason) = (row.text(), row.text())
        (breaker, claim, hold) = (row.breaker(), row.claim(), row.hold())
    }
}

extension Heartbeat {
    /// A daemon from a row of ``ControlSQL/daemon``.
    init?(row: [SQLValue], host: String) {
        var row = SQLRowReader(row)
        let (instance, pid, version) = (row.text() ?? "", row.integer() ?? 0, row.text() ?? "")
        guard let state = State(rawValue: row.text() ?? ""), let startedAt = row.timestamp() else { return nil }
        let lastPoll = row.timestamp()
        guard let leaseExpiresAt = row.timestamp() else { return nil }
        let daemon = DaemonIdentity(
            host: host, instance: instance, pid: Int32(clamping: pid), version: version)
        self.init(
            daemon: daemon, state: state, startedAt: startedAt, lastPoll: lastPoll, leaseExpiresAt: leaseExpiresAt)
    }
}
