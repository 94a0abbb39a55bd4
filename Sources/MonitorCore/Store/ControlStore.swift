/// What a control tool needs of a database. Every call is one short transaction with a time limit.
public protocol ControlStore: Sendable {
    /// Creates what is missing of the tables, and migrates the monitor's own to the version of this build.
    ///
    /// Safe to repeat, and for several tools and daemons at once.
    ///
    /// - Parameter addsIndex: also adds an index on `STATUS_PROCESS.alarma`, the one change made to a table of the
    ///   application.
    /// - Returns: what was done, a line each; nothing when all was there.
    func initialize(addsIndex: Bool) async throws(StoreError) -> [String]

    /// What the store can do with the tables and privileges that there are. Nothing is created or changed.
    func survey() async throws(StoreError) -> StoreCapabilities

    /// All monitored processes, or those named, in order of name; unknown names are absent from the answer.
    func processes(named names: [String]?) async throws(StoreError) -> [ProcessStatus]

    /// The daemon of this host, as it last signed: one that is alive before one that is not, the latest started
    /// before others; nil when none ever signed.
    ///
    /// - Throws: `schema` where the store has no place for its signature.
    func daemon() async throws(StoreError) -> Heartbeat?

    /// Puts processes in alarm, with a note; nil leaves the note alone.
    func setAlarm(_ processIDs: [Int64], note: String?) async throws(StoreError)

    /// Clears the alarms of those processes that are in alarm, with a note; nil leaves the note alone.
    func clearAlarm(_ processIDs: [Int64], note: String?) async throws(StoreError)

    /// Closes breakers and forgets their failures; results of recoveries under way no longer count.
    func reset(_ processIDs: [Int64], by user: String) async throws(StoreError)

    /// Forbids restarts, until released or until the hold's end.
    func hold(_ processIDs: [Int64], _ hold: Hold) async throws(StoreError)

    /// Ends holds.
    func release(_ processIDs: [Int64], by user: String) async throws(StoreError)

    /// What happened, the newest first.
    func history(of names: [String]?, limit: Int) async throws(StoreError) -> [HistoryEntry]

    /// Adds a process to both tables.
    ///
    /// - Returns: its id: the one given, or one more than the largest.
    func addProcess(_ name: ProcessName, id: Int64?) async throws(StoreError) -> Int64

    /// Removes a process from all tables.
    func removeProcess(_ processID: Int64) async throws(StoreError)
}

/// All that is known of one process.
public struct ProcessStatus: Sendable, Equatable {
    public var processID: Int64
    public var name: String
    public var alarm = false
    public var sound = false
    public var notes: String?
    /// When the standing alarm was raised; nil without one, or where the store doesn't know.
    public var raisedAt: Timestamp?
    public var breaker = CircuitBreaker()
    public var hold: Hold?
    public var claim: Claim?
    /// The last recovery, refusal or relapse.
    public var last: HistoryEntry?

    /// Makes the status of a process of which nothing is known but its name.
    public init(processID: Int64, name: String) {
        self.processID = processID
        self.name = name
    }
}

/// One line of the history.
public struct HistoryEntry: Sendable, Equatable {
    /// What the line tells of.
    public enum Kind: String, Sendable, CaseIterable {
        case recovered, failed, interrupted, refused, relapsed
        /// An operator's doings.
        case reset, held, released
    }

    public var processName: String
    public var kind: Kind
    /// When it began.
    public var at: Timestamp
    public var duration: Duration
    public var attempts: Int
    public var detail: String

    public init(
        processName: String, kind: Kind, at: Timestamp, duration: Duration, attempts: Int, detail: String
    ) {
        self.processName = processName
        self.kind = kind
        self.at = at
        self.duration = duration
        self.attempts = attempts
        self.detail = detail
    }
}
