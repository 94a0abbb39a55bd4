internal import MonitorCore

extension SQLRowReader {
    /// Reads the six columns of a breaker; that of a process that never failed where they are NULL.
    mutating func breaker() -> CircuitBreaker {
        let state = text()
        let (failures, generation, openings) = (integer() ?? 0, integer() ?? 0, integer() ?? 0)
        let (until, success) = (timestamp(), timestamp())
        return CircuitBreaker(
            state: CircuitBreaker.State(stored: state, until: until), failures: Int(clamping: failures),
            generation: generation, openings: Int(clamping: openings), provisionalSuccess: success)
    }

    /// Reads the two columns of a recovery in flight.
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
}

extension CircuitBreaker.State {
    /// The state that a row tells of. One that is unknown, written by hand, allows one trial.
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
    /// The six columns of it.
    var row: [SQLValue] {
        let (word, until): (String, Timestamp?) =
            switch state {
            case .closed: ("closed", nil)
            case .open(let until): ("open", until)
            case .halfOpen(let deadline): ("half_open", deadline)
            }
        return [
            .text(word), SQLValue(failures), .integer(generation), SQLValue(openings), SQLValue(until),
            SQLValue(provisionalSuccess),
        ]
    }
}

extension BreakerTable.Row {
    /// The two columns of the recovery in flight.
    var claimColumns: [SQLValue] { [SQLValue(claim?.since), SQLValue(claim?.instance)] }
}
