/// Breakers and recoveries in flight, kept in memory.
///
/// A pure value: the rows that a store without tables of its own has to remember for the life of the daemon.
package struct BreakerTable: Sendable {
    package struct Row: Sendable, Equatable {
        package var breaker = CircuitBreaker()
        package var inFlight: InFlight?

        package init(breaker: CircuitBreaker = CircuitBreaker(), inFlight: InFlight? = nil) {
            self.breaker = breaker
            self.inFlight = inFlight
        }
    }

    private var rows: [Int64: Row] = [:]

    package init() {}

    /// The row of a process; that of a process that never failed where there is none.
    package subscript(processID: Int64) -> Row { rows[processID] ?? Row() }

    /// Takes the beginning of a recovery.
    ///
    /// - Parameter isAlive: whether the daemon of that instance is.
    package mutating func begin(_ start: RecoveryStart, isAlive: (String) -> Bool) -> BeginResult {
        let result = self[start.processID].judge(start, isAlive: isAlive)
        if result == .begun { rows[start.processID] = Row(begunBy: start) }
        return result
    }

    /// Takes the end of a recovery, which is in flight no more; one of another daemon still is.
    ///
    /// - Returns: false when the breaker changed since, so that it was left alone.
    package mutating func finish(_ report: RecoveryReport) -> Bool {
        var row = self[report.processID]
        if row.inFlight?.instance == report.instance { row.inFlight = nil }
        defer { rows[report.processID] = row }
        guard let breaker = report.breaker else { return true }
        guard row.breaker.generation == report.expectedGeneration else { return false }
        row.breaker = breaker
        return true
    }

    /// Closes the breaker of a process and forgets its failures.
    package mutating func reset(_ processID: Int64) {
        rows[processID, default: Row()].breaker.reset()
    }

    package mutating func remove(_ processID: Int64) {
        rows[processID] = nil
    }
}

extension BreakerTable.Row {
    /// The row that the beginning of a recovery leaves behind.
    package init(begunBy start: RecoveryStart) {
        self.init(
            breaker: start.breaker, inFlight: InFlight(startedAt: start.startedAt, instance: start.instance))
    }

    /// Whether a recovery may begin over this row, which has its name then.
    ///
    /// The same beginning twice is one.
    package func judge(_ start: RecoveryStart, isAlive: (String) -> Bool) -> BeginResult {
        if self == Self(begunBy: start) { return .begun }
        if let other = inFlight?.instance, other != start.instance, other != start.goneInstance, isAlive(other) {
            return .busy(instance: other)
        }
        return breaker.generation == start.expectedGeneration ? .begun : .outdated
    }
}
