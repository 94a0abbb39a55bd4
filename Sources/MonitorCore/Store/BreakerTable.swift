/// Breakers and claims, kept in memory.
///
/// A pure value: the rows that a store without tables of its own has to remember for the life of the daemon.
package struct BreakerTable: Sendable {
    package struct Row: Sendable, Equatable {
        package var breaker = CircuitBreaker()
        package var claim: Claim?

        package init(breaker: CircuitBreaker = CircuitBreaker(), claim: Claim? = nil) {
            self.breaker = breaker
            self.claim = claim
        }
    }

    private var rows: [Int64: Row] = [:]

    package init() {}

    /// The row of a process; that of a process that never failed where there is none.
    package subscript(processID: Int64) -> Row { rows[processID] ?? Row() }

    /// Takes the claim of a recovery.
    ///
    /// - Parameter isAlive: whether the daemon of that instance is.
    package mutating func claim(_ request: ClaimRequest, isAlive: (String) -> Bool) -> ClaimResult {
        let result = self[request.processID].judge(request, isAlive: isAlive)
        if result == .claimed { rows[request.processID] = Row(claimedBy: request) }
        return result
    }

    /// Takes the end of a recovery, and of its claim; that of another daemon stays.
    ///
    /// - Returns: false when the breaker changed since, so that it was left alone.
    package mutating func complete(_ completion: Completion) -> Bool {
        var row = self[completion.processID]
        if row.claim?.instance == completion.instance { row.claim = nil }
        defer { rows[completion.processID] = row }
        guard let breaker = completion.breaker else { return true }
        guard row.breaker.generation == completion.expectedGeneration else { return false }
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
    /// The row that a claim leaves behind.
    package init(claimedBy request: ClaimRequest) {
        self.init(
            breaker: request.breaker, claim: Claim(since: request.startedAt, instance: request.instance))
    }

    /// Whether a recovery may be claimed over this row.
    ///
    /// The same claim twice is one.
    package func judge(_ request: ClaimRequest, isAlive: (String) -> Bool) -> ClaimResult {
        if self == Self(claimedBy: request) { return .claimed }
        if let other = claim?.instance, other != request.instance, other != request.exitedInstance, isAlive(other) {
            return .heldBy(instance: other)
        }
        return breaker.generation == request.expectedGeneration ? .claimed : .conflict
    }
}
