/// What the loop and each recovery have promised: to be back by a certain moment.
///
/// A watchdog asks it, so that a loop that hangs is told from one that waits.
struct Progress<Instant: InstantProtocol>: Sendable where Instant.Duration == Duration {
    /// What is added to every promise: the time limits of the store, and a machine that is slow.
    static var slack: Duration { .seconds(60) }

    private var loop: Instant
    private var recoveries: [ProcessName: Instant] = [:]

    init(now: Instant) { loop = now.advanced(by: Self.slack) }

    mutating func loopReturns(by moment: Instant) { loop = moment.advanced(by: Self.slack) }

    mutating func recoveryEnds(_ name: ProcessName, by moment: Instant) {
        recoveries[name] = moment.advanced(by: Self.slack)
    }

    mutating func recoveryEnded(_ name: ProcessName) { recoveries[name] = nil }

    func isKept(at now: Instant) -> Bool { now <= loop && recoveries.values.allSatisfy { now <= $0 } }
}
