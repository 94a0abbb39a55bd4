/// One process in alarm, as a poll found it: a row of `STATUS_PROCESS` with what stands beside it.
public struct Alarm: Sendable, Equatable, Codable {
    /// `process_id` of both tables.
    public var processID: Int64
    /// The name as it stands in the table, not yet parsed; nil when no row of `PROCESE` has that id.
    public var name: String?
    public var notes: String?
    /// Counts every time the alarm was raised; nil where the store can't count.
    public var revision: Int64?
    /// When the alarm was raised, on this host's clock; nil where the store doesn't know.
    public var raisedAt: Timestamp?
    /// Who raised it, where it was one of ours: `operator` for example.
    public var source: String?
    /// Why that one raised it.
    public var reason: String?
    public var breaker: CircuitBreaker
    public var hold: Hold?
    /// The claim of a recovery that was not completed: still running, or cut off by a crash.
    public var claim: Claim?

    public init(
        processID: Int64, name: String?, notes: String? = nil, revision: Int64? = nil, raisedAt: Timestamp? = nil,
        breaker: CircuitBreaker = CircuitBreaker()
    ) {
        self.processID = processID
        self.name = name
        self.notes = notes
        self.revision = revision
        self.raisedAt = raisedAt
        self.breaker = breaker
    }
}

/// An operator's decision that a process is not to be restarted for now.
public struct Hold: Sendable, Equatable, Codable {
    public var since: Timestamp
    /// When it ends by itself; nil = until it is released.
    public var until: Timestamp?
    public var reason: String?
    /// Who held it: the user's name.
    public var by: String?

    public init(since: Timestamp, until: Timestamp? = nil, reason: String? = nil, by: String? = nil) {
        self.since = since
        self.until = until
        self.reason = reason
        self.by = by
    }

    /// By whose hand and why, in one line.
    package var detail: String {
        [by.map { "by \($0)" }, reason].compactMap(\.self).joined(separator: ": ")
    }

    /// Whether it is in force at `now`.
    public func holds(at now: Timestamp) -> Bool { until.map { now < $0 } ?? true }
}

/// A daemon's claim of the recovery of a process: no other daemon touches it meanwhile.
public struct Claim: Sendable, Equatable, Codable {
    public var since: Timestamp
    /// The daemon that claimed it (``DaemonIdentity/instance``).
    public var instance: String

    public init(since: Timestamp, instance: String) {
        self.since = since
        self.instance = instance
    }
}
