/// What the engine needs of a database: the alarms, and a place for what it learned.
///
/// Every call has a time limit of the store's own, and ends with a ``StoreError`` past it. A store reconnects by
/// itself at the next call; how often to try is the engine's affair. Calls may come from several tasks at once.
///
/// An implementation passes the conformance suite `AlarmStoreConformance`.
public protocol AlarmStore: Sendable {
    /// Connects, and creates or migrates the tables of the monitor where that is allowed.
    ///
    /// May be called again after a failure. A missing privilege is no error: it is in the answer.
    func open() async throws(StoreError) -> StoreCapabilities

    /// The processes in alarm, each with its breaker and hold, in order of `process_id`: one round trip.
    func poll() async throws(StoreError) -> [Alarm]

    /// Claims the recovery of a process, before it is touched.
    ///
    /// A claim is in force until the recovery is completed, or until the lease of its daemon is over
    /// (``Heartbeat/leaseExpiresAt``).
    ///
    /// - Returns: ``ClaimResult/claimed``, or why the recovery must not start; nothing was written then.
    func claim(_ request: ClaimRequest) async throws(StoreError) -> ClaimResult

    /// Records how recoveries, or refusals, ended, in order: of each alarm, note, breaker and events, all or nothing.
    ///
    /// Those that come together are written together, which is cheaper than one by one; after an error, one by one may
    /// succeed for those that are not the cause of it. Writing the same completion twice has the effect of writing it
    /// once: ``Completion/id`` tells. So after an error all of them may be written again.
    ///
    /// - Returns: what became of each, in the same order.
    func complete(_ completions: [Completion]) async throws(StoreError) -> [CompletionResult]

    /// The revision of a process's alarm as it is now; nil where the store doesn't count.
    ///
    /// Read just before the check that may pass, it is what a completion clears: an alarm that was raised before that
    /// proof is about the old process, or its coming up; one raised later stands.
    func revision(of processID: Int64) async throws(StoreError) -> Int64?

    /// Records that the daemon is alive, and drops events older than the retention.
    func heartbeat(_ heartbeat: Heartbeat) async throws(StoreError)

    /// Ends the connection. The store can be opened again.
    func close() async
}

extension AlarmStore {
    /// Records how one recovery, or refusal, ended.
    public func complete(_ completion: Completion) async throws(StoreError) -> CompletionResult {
        try await complete([completion])[0]
    }
}

/// What a store can do with the privileges and tables that it has.
public struct StoreCapabilities: Sendable, Equatable, Codable {
    /// Breakers, holds and history are rows; otherwise they live in the daemon's memory only.
    public var persistsState: Bool
    /// Every raising of an alarm is counted; otherwise an alarm raised again is recognized by its note alone.
    public var countsRevisions: Bool
    /// What is missing, a sentence each, with the statement that mends it: for the log, at WARNING.
    public var remarks: [String]
    /// What keeps alarms from being served at all, likewise: an open store has none, a survey tells them.
    public var faults: [String] = []
    /// What was reached, for people: `MariaDB 10.11 at db1:3306`.
    public var server: String
    /// The name under which this machine's daemon ran last, where that was another one.
    public var formerHost: String?

    public init(persistsState: Bool, countsRevisions: Bool, remarks: [String] = [], server: String) {
        self.persistsState = persistsState
        self.countsRevisions = countsRevisions
        self.remarks = remarks
        self.server = server
    }
}

/// What became of a request to claim a recovery.
public enum ClaimResult: Sendable, Equatable {
    /// It is claimed; also where it was claimed before, by a call of which the answer was lost.
    case claimed
    /// The alarm is gone, or the breaker is not of the generation that was read: an operator reset it.
    case conflict
    /// Another daemon, which is alive, is recovering the process: its ``DaemonIdentity/instance``.
    case heldBy(instance: String)
}

/// A daemon's request for the recovery of a process.
public struct ClaimRequest: Sendable, Equatable, Codable {
    public var processID: Int64
    /// For the events.
    public var processName: String?
    public var instance: String
    public var startedAt: Timestamp
    /// The note of the alarm as it was read.
    public var alarmNote: String?
    /// The alarm counts as a relapse, which the breaker has taken already.
    public var isRelapse = false
    /// The restart was refused last, and nothing has changed since: no event tells of another try.
    public var isRepeat = false
    /// The breaker as admission left it.
    public var breaker: CircuitBreaker
    /// The generation that was read, which the row must still have.
    public var expectedGeneration: Int64
    /// A daemon that is known to have ended, though its lease may not be over: its claims are void.
    public var exitedInstance: String?

    public init(
        processID: Int64, instance: String, startedAt: Timestamp, breaker: CircuitBreaker, expectedGeneration: Int64
    ) {
        self.processID = processID
        self.instance = instance
        self.startedAt = startedAt
        self.breaker = breaker
        self.expectedGeneration = expectedGeneration
    }
}

/// The end of a recovery, or of a refusal.
public struct Completion: Sendable, Equatable, Codable {
    /// Unique for each completion: `INSTANCE-NUMBER`, at most 64 characters.
    public var id: String
    /// The daemon that completes: its claim of the process ends, that of another stays.
    public var instance: String
    public var processID: Int64
    public var processName: String
    /// How it ended; nil where only the breaker changed, as ``breakerChange`` describes.
    public var outcome: RecoveryOutcome?
    public var startedAt: Timestamp
    public var duration = Duration.zero
    /// Attempts that were made.
    public var attempts = 0
    /// More of the outcome, for programs.
    public var code: Event.Code?
    /// What was tried and what it said.
    public var detail = ""
    /// The note of the alarm as it was first read: why the application raised it.
    public var alarmNote: String?
    /// It says nothing that was not said before: the claim is released, and no event is written.
    public var isRepeat = false
    /// The claim was a repeat (``ClaimRequest/isRepeat``): what came of it is new, and tells of its begin too.
    public var tellsBegin = false
    /// The alarm is to be cleared if it is still the one that was served.
    public var clearsAlarm = false
    /// The revision up to which the alarm is cleared; nil where the store doesn't count.
    public var revision: Int64?
    /// The note that stood beside the alarm that was served: how a store without revisions recognizes a new alarm.
    public var notesBefore: String?
    /// What goes into `notes`, at most 100 characters; nil leaves the note alone.
    public var note: String?
    /// The breaker's new row, with the generation that the row must still have; nil leaves it alone.
    public var breaker: CircuitBreaker?
    public var expectedGeneration: Int64 = 0
    /// How ``breaker`` changed; nil where its state is the same.
    public var breakerChange: BreakerChange?

    /// Makes one that only reports an outcome, until more is set.
    public init(
        id: String, instance: String, processID: Int64, processName: String, outcome: RecoveryOutcome?,
        startedAt: Timestamp
    ) {
        self.id = id
        self.instance = instance
        self.processID = processID
        self.processName = processName
        self.outcome = outcome
        self.startedAt = startedAt
    }
}

/// How a recovery ended.
public enum RecoveryOutcome: String, Sendable, Codable, CaseIterable {
    /// The process is back, and the health check says so.
    case recovered
    /// All attempts failed.
    case failed
    /// Cut off, by a shutdown, an operator or another job of the service manager: neither success nor failure.
    case interrupted
    /// Nothing was tried: the name, the configuration or an operator forbids it.
    case refused
    /// An alarm soon after a recovery: counted as a failure of that recovery.
    case relapsed
}

/// What became of a completion.
public struct CompletionResult: Sendable, Equatable, Codable {
    public enum AlarmResult: String, Sendable, Codable {
        /// The alarm was cleared.
        case cleared
        /// It was raised again meanwhile, and stands.
        case raisedAgain
        /// The application or an operator had cleared it already, or the row is gone.
        case alreadyClear
        /// The completion did not ask for it.
        case untouched
    }

    public var alarm: AlarmResult
    /// False when the breaker's row had changed since (a reset), so that this result was dropped.
    public var breakerApplied: Bool

    public init(alarm: AlarmResult, breakerApplied: Bool) {
        self.alarm = alarm
        self.breakerApplied = breakerApplied
    }
}

/// Who a daemon is, for its heartbeat and its claims.
public struct DaemonIdentity: Sendable, Equatable, Codable {
    public var host: String
    /// Unique for each start of a daemon, at most 64 characters.
    public var instance: String
    public var pid: Int32
    public var version: String

    public init(host: String, instance: String, pid: Int32, version: String) {
        self.host = host
        self.instance = instance
        self.pid = pid
        self.version = version
    }
}

/// A daemon's word that it is alive, and its lease.
public struct Heartbeat: Sendable, Equatable, Codable {
    public enum State: String, Sendable, Codable { case running, stopped }

    public var daemon: DaemonIdentity
    public var state: State
    public var startedAt: Timestamp
    public var lastPoll: Timestamp?
    /// The end of the lease: past it, without another heartbeat, the daemon is taken for dead and its claims are void.
    public var leaseExpiresAt: Timestamp

    public init(
        daemon: DaemonIdentity, state: State = .running, startedAt: Timestamp, lastPoll: Timestamp? = nil,
        leaseExpiresAt: Timestamp
    ) {
        self.daemon = daemon
        self.state = state
        self.startedAt = startedAt
        self.lastPoll = lastPoll
        self.leaseExpiresAt = leaseExpiresAt
    }
}

extension Heartbeat {
    /// Whether the daemon is taken for alive at `now`: it did not stop, and its lease is not over.
    public func isAlive(at now: Timestamp) -> Bool { state == .running && Self.isLease(until: leaseExpiresAt, at: now) }

    /// Whether a lease that ends at that moment is in force.
    ///
    /// One that ends later than any lease does is of a clock that has been set back since, before the machine was
    /// started anew perhaps: it would be waited for for days.
    package static func isLease(until end: Timestamp, at now: Timestamp) -> Bool {
        now <= end && end - now <= longestLease
    }

    /// How often a daemon makes one.
    package static let interval: Duration = .seconds(30)
    /// How long the lease of each is.
    package static let lease = interval * 3

    /// When it was made.
    package var madeAt: Timestamp { leaseExpiresAt + (.zero - Self.lease) }

    /// The longest lease that a daemon takes, and some for clocks that differ.
    package static let longestLease: Duration = .seconds(300)

    /// How long a daemon without a lease is remembered.
    package static let retention: Duration = .seconds(3600)
}
