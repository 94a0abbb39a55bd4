/// What a control tool needs of a database. Every call is one short transaction with a time limit.
public protocol ControlStore: AlarmSource {
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

    /// Clears the alarms of those processes that are in alarm, with a note; nil leaves the note alone.
    ///
    /// A recovery that is under way ends, because no alarm stands that it serves.
    ///
    /// - Parameter kind: the kind of the event that tells of it.
    func clearAlarm(
        _ processIDs: [Int64], note: String?, as kind: Event.Kind, by user: String
    ) async throws(StoreError)

    /// Closes breakers and forgets their failures; results of recoveries under way no longer count.
    func reset(_ processIDs: [Int64], by user: String) async throws(StoreError)

    /// Forbids restarts, until released or until the hold's end.
    func hold(_ processIDs: [Int64], _ hold: Hold) async throws(StoreError)

    /// Ends holds.
    func release(_ processIDs: [Int64], by user: String) async throws(StoreError)

    /// What happened, the newest first.
    func events(_ query: EventQuery) async throws(StoreError) -> [Event]

    /// How recoveries ended and what operators did, the newest first.
    func history(of names: [String]?, limit: Int) async throws(StoreError) -> [Event]

    /// Adds a process to both tables.
    ///
    /// - Returns: its id: the one given, or one more than the largest.
    func addProcess(_ name: ProcessName, id: Int64?, by user: String) async throws(StoreError) -> Int64

    /// Removes a process from all tables, with its events; that it was removed is an event without its id.
    func removeProcess(_ processID: Int64, by user: String) async throws(StoreError)
}

/// Where alarms are raised that are not the application's own: by operators, for now.
public protocol AlarmSource: Sendable {
    /// Puts processes in alarm. One that is in alarm already stays as it is: no new alarm, no relapse, the same note.
    ///
    /// - Returns: the processes whose alarm was raised now.
    @discardableResult
    func raise(_ processIDs: [Int64], _ cause: AlarmCause) async throws(StoreError) -> [Int64]
}

/// Why an alarm is raised, and by whom.
public struct AlarmCause: Sendable, Equatable, Codable {
    /// What raised it: `operator`, the name of a check.
    public var source: String
    public var reason: String?
    /// The operator whose act it is.
    public var actor: String?
    /// What goes into `notes`, at most 100 characters; nil leaves the note alone.
    public var note: String?

    public init(source: String, reason: String? = nil, actor: String? = nil, note: String? = nil) {
        self.source = source
        self.reason = reason
        self.actor = actor
        self.note = note
    }

    /// An operator's act.
    public static func act(of user: String, reason: String? = nil, note: String? = nil) -> AlarmCause {
        AlarmCause(source: "operator", reason: reason, actor: user, note: note)
    }
}

/// All that is known of one process.
public struct ProcessStatus: Sendable, Equatable, Codable {
    public var processID: Int64
    public var name: String
    public var alarm = false
    public var sound = false
    public var notes: String?
    /// When the standing alarm was raised; nil without one, or where the store doesn't know.
    public var raisedAt: Timestamp?
    /// Who raised it, where it was one of ours: `operator` for example.
    public var source: String?
    /// Why that one raised it.
    public var reason: String?
    public var breaker = CircuitBreaker()
    public var hold: Hold?
    public var claim: Claim?
    /// The last recovery, refusal or relapse.
    public var last: Event?

    /// Makes the status of a process of which nothing is known but its name.
    public init(processID: Int64, name: String) {
        self.processID = processID
        self.name = name
    }
}

extension StoreError {
    /// The answer to adding a process of which the name, or the id, is taken.
    package static func processExists(_ name: ProcessName, id: Int64? = nil) -> StoreError {
        StoreError(
            .duplicate, "cannot add the process '\(name)'",
            reason: id.map { "a process with id \($0) exists already" } ?? "a process of that name exists already")
    }
}
