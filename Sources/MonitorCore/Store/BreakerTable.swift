/// Breakers and recoveries in flight, kept in memory.
///
/// A pure value: the rows that a store without tables of its own has to remember for the life of the daemon.
package struct BreakerTable: Sendable {
    package struct Row: Sendable, Equatable {
        package var breaker: CircuitBreaker
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
    /// - Returns: false when the row is not of the generation that was read. The same beginning twice is one.
    package mutating func begin(_ start: RecoveryStart) -> Bool {
        var row = self[start.processID]
        if row == Row(begunBy: start) { return true }
        guard row.breaker.generation == start.expectedGeneration else { return false }
        row = Row(begunBy: start)
        rows[start.processID] = row
        return true
    }

    /// Takes the end of a recovery, which is in flight no more.
    ///
    /// - Returns: false when the breaker changed since, so that it was left alone.
    package mutating func finish(_ report: RecoveryReport) -> Bool {
        var row = self[report.processID]
        row.inFlight = nil
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
}
