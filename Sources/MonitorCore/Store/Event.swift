/// Something that happened to a process, or to a daemon: a row of `MONITOR_EVENT`.
///
/// It is written in the transaction of what it reports. Log, history and status are readers of it.
public struct Event: Sendable, Equatable, Codable {
    /// When it happened; of a recovery, when it ended.
    public var at: Timestamp
    public var kind: Kind
    /// More of the kind: why a breaker opened, for example.
    public var code: Code?
    /// The host of the daemon or tool that wrote it.
    public var host: String?
    public var processID: Int64?
    /// The name as it stood in the table; nil where the event is about no process.
    public var processName: String?
    /// The operator whose act it is; nil for what a daemon did by itself.
    public var actor: String?
    /// How long it took.
    public var duration = Duration.zero
    /// Attempts that were made.
    public var attempts = 0
    /// What was tried and what it said, or an operator's reason; of several lines perhaps.
    public var detail = ""
    /// The note that stood beside the alarm when it was read: why the application raised it.
    public var note: String?

    public init(
        _ kind: Kind, code: Code? = nil, at: Timestamp, processID: Int64? = nil, processName: String? = nil,
        actor: String? = nil, detail: String = ""
    ) {
        self.at = at
        self.kind = kind
        self.code = code
        self.processID = processID
        self.processName = processName
        self.actor = actor
        self.detail = detail
    }

    /// When it began.
    public var began: Timestamp { at + (.zero - duration) }

    /// The most characters of ``detail`` that a store keeps.
    public static let detailLimit = 2000

    /// How long events are kept by default.
    public static let defaultRetention: Duration = .seconds(90 * 86400)
}

extension Event {
    /// What an event reports. A later version may know more kinds.
    public struct Kind: RawRepresentable, Hashable, Sendable, Codable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// An operator or a source of ours raised an alarm.
        public static let alarmRaised = Kind(rawValue: "alarm_raised")
        /// An operator, or the source of ours that had raised it, cleared an alarm. What a recovery clears, its own event
        /// reports.
        public static let alarmCleared = Kind(rawValue: "alarm_cleared")
        public static let recoveryStarted = Kind(rawValue: "recovery_started")
        /// The process is back, and the health check says so.
        public static let recovered = Kind(rawValue: "recovered")
        /// All attempts failed.
        public static let failed = Kind(rawValue: "failed")
        /// Cut off: neither success nor failure.
        public static let interrupted = Kind(rawValue: "interrupted")
        /// Nothing was tried: the name, the configuration or an operator forbids it.
        public static let refused = Kind(rawValue: "refused")
        /// An alarm soon after a recovery: counted as a failure of that recovery.
        public static let relapsed = Kind(rawValue: "relapsed")
        public static let breakerOpened = Kind(rawValue: "breaker_opened")
        public static let breakerHalfOpen = Kind(rawValue: "breaker_half_open")
        public static let breakerClosed = Kind(rawValue: "breaker_closed")
        public static let held = Kind(rawValue: "held")
        public static let released = Kind(rawValue: "released")
        /// An operator cleared an alarm to end its recovery.
        public static let cancelled = Kind(rawValue: "cancelled")
        public static let processAdded = Kind(rawValue: "process_added")
        public static let processRemoved = Kind(rawValue: "process_removed")
        /// A check has failed so often that it counts.
        public static let checkFailed = Kind(rawValue: "check_failed")
        /// A check that had failed passes again.
        public static let checkPassed = Kind(rawValue: "check_passed")
        public static let daemonStarted = Kind(rawValue: "daemon_started")
        public static let daemonStopped = Kind(rawValue: "daemon_stopped")

        /// How a recovery, or the alarm that called for one, ended.
        public static let outcomes: [Kind] = [recovered, failed, interrupted, refused, relapsed]
    }

    /// A detail of a kind that programs can read. A later version may know more codes.
    public struct Code: RawRepresentable, Hashable, Sendable, Codable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A breaker opened by so many failures in a row.
        public static let failures = Code(rawValue: "failures")
        /// A breaker opened by an alarm soon after a recovery.
        public static let relapse = Code(rawValue: "relapse")
        /// A trial's recovery failed.
        public static let trialFailed = Code(rawValue: "trial_failed")
        /// A trial's recovery did not end in its time.
        public static let trialExpired = Code(rawValue: "trial_expired")
        /// A trial's recovery was cut off: the next one may start at once.
        public static let trialInterrupted = Code(rawValue: "trial_interrupted")
        /// A trial's recovery succeeded.
        public static let trialPassed = Code(rawValue: "trial_passed")
        /// An operator reset the breaker.
        public static let reset = Code(rawValue: "reset")
        /// The breaker's deadline was further away than any rule sets one: the clock was set back.
        public static let clock = Code(rawValue: "clock")
        /// `mode = observe`: it would have been restarted.
        public static let observed = Code(rawValue: "observed")
        /// The alarm stood already, and stays as it was.
        public static let standing = Code(rawValue: "standing")
    }
}

extension Event.Kind: CustomStringConvertible {
    public var description: String { rawValue }
}

extension Event.Code: CustomStringConvertible {
    public var description: String { rawValue }
}

extension Event.Kind {
    package init(_ outcome: RecoveryOutcome) {
        switch outcome {
        case .recovered: self = .recovered
        case .failed: self = .failed
        case .interrupted: self = .interrupted
        case .refused: self = .refused
        case .relapsed: self = .relapsed
        }
    }
}

/// How a breaker's state changed, and why, for its event.
public struct BreakerChange: Sendable, Equatable, Codable {
    /// One of the breaker's: ``Event/Kind/breakerOpened``, ``Event/Kind/breakerHalfOpen``, ``Event/Kind/breakerClosed``.
    public var kind: Event.Kind
    public var cause: Event.Code

    public init(_ kind: Event.Kind, _ cause: Event.Code) {
        self.kind = kind
        self.cause = cause
    }

    /// How a recovery's result changed the breaker; nil when its state is the same.
    package init?(from before: CircuitBreaker, to after: CircuitBreaker, by result: CircuitBreaker.Result) {
        guard before.generation != after.generation else { return nil }
        switch (before.state, after.state, result) {
        case (_, .closed, _): self.init(.breakerClosed, .trialPassed)
        case (.halfOpen, _, .failure): self.init(.breakerOpened, .trialFailed)
        case (.halfOpen, _, _): self.init(.breakerOpened, .trialInterrupted)
        default: self.init(.breakerOpened, .failures)
        }
    }
}

extension CircuitBreaker {
    /// Whether a recovery is on trial.
    package var isHalfOpen: Bool {
        if case .halfOpen = state { true } else { false }
    }
}

extension Completion {
    /// Its events, in order; those of the breaker only where it was `applied`.
    public func events(breakerApplied applied: Bool) -> [Event] {
        guard !isRepeat else { return [] }
        let end = startedAt + duration
        var events: [Event] = []
        if tellsBegin {
            var started = Event(.recoveryStarted, at: startedAt, processID: processID, processName: processName)
            started.note = alarmNote
            events.append(started)
        }
        if let outcome {
            var event = Event(Event.Kind(outcome), at: end, processID: processID, processName: processName)
            event.code = code
            event.duration = duration
            event.attempts = attempts
            event.detail = detail.cut(toCharacters: Event.detailLimit)
            event.note = alarmNote
            events.append(event)
        }
        if let breakerChange, applied || outcome == nil {
            var event = Event(
                breakerChange.kind, code: breakerChange.cause, at: end, processID: processID, processName: processName)
            if outcome == nil { event.detail = detail.cut(toCharacters: Event.detailLimit) }
            events.append(event)
        }
        return events
    }
}

extension ClaimRequest {
    /// Its events, in order.
    public var events: [Event] {
        func event(_ kind: Event.Kind) -> Event {
            Event(kind, at: startedAt, processID: processID, processName: processName)
        }
        var events: [Event] = []
        if isRelapse { events.append(event(.relapsed)) }
        if breaker.isHalfOpen, breaker.generation != expectedGeneration {
            events.append(event(.breakerHalfOpen))
        }
        if isRepeat { return events }
        var started = event(.recoveryStarted)
        started.note = alarmNote
        return events + [started]
    }
}

extension Heartbeat {
    /// Its event; nil for one that only renews the lease.
    ///
    /// - Parameter before: the state of the heartbeat before; nil when it is the daemon's first.
    public func event(after before: State?) -> Event? {
        guard before != state else { return nil }
        let kind: Event.Kind = state == .running ? .daemonStarted : .daemonStopped
        let at = state == .running ? startedAt : lastPoll ?? startedAt
        return Event(kind, at: at, detail: "version \(daemon.version), pid \(daemon.pid)")
    }
}

/// Which events to read.
public struct EventQuery: Sendable, Equatable {
    /// Of the processes with these names; nil = of all, and of daemons.
    public var names: [String]?
    /// Of these kinds; nil = of all.
    public var kinds: [Event.Kind]?
    /// Also every act of an operator, whatever its kind.
    public var includesActs = false
    /// The newest so many.
    public var limit: Int

    public init(of names: [String]? = nil, kinds: [Event.Kind]? = nil, limit: Int) {
        self.names = names
        self.kinds = kinds
        self.limit = limit
    }

    /// How recoveries ended, and what operators did.
    public static func history(of names: [String]?, limit: Int) -> EventQuery {
        var query = EventQuery(of: names, kinds: Event.Kind.outcomes, limit: limit)
        query.includesActs = true
        return query
    }

    /// Whether an event is asked for.
    public func includes(_ event: Event) -> Bool {
        if let names, !(event.processName.map(names.contains) ?? false) { return false }
        guard let kinds else { return true }
        return kinds.contains(event.kind) || (includesActs && event.actor != nil)
    }
}
