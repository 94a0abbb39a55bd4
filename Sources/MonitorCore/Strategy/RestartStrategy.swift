public import Logging

/// A way of bringing a process back.
///
/// A strategy does one attempt. It neither checks health nor tries again: the recovery does both. It returns when the
/// process has been started, or can't be; every wait in it has a limit. Cancelled, it stops waiting and returns
/// ``RestartResult/interrupted(_:)``, leaving whatever it started alive.
///
/// Everything but ``restart(_:logger:)`` has a default, for strategies that have nothing to say there.
public protocol RestartStrategy: Sendable {
    func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult

    /// Sends for what the next restart of the process will ask first; returns without waiting for the answers.
    ///
    /// To be called just before the process is claimed, so that the answers come in while the claim is committed. It
    /// changes nothing, and a restart that doesn't follow costs nothing.
    func prepare(_ process: MonitoredProcess) async

    /// Why what a restart has started no longer runs; nil while it does, or where that can't be told.
    ///
    /// It has to be the very same: a crash loop that is just up again is none.
    func loss(of started: Started) async -> String?

    /// How what a restart has started is, and what it has last printed, for a process that isn't healthy; nil where
    /// nothing is known.
    func diagnosis(of started: Started) async -> String?

    /// What a restart of the process waits for at the moment, where that is work of the service manager's. It answers at
    /// once, from what is known: the engine's loop calls it.
    func pendingJob(of process: MonitoredProcess) -> PendingJob?
}

extension RestartStrategy {
    public func prepare(_ process: MonitoredProcess) async {}
    public func loss(of started: Started) async -> String? { nil }
    public func diagnosis(of started: Started) async -> String? { nil }
    public func pendingJob(of process: MonitoredProcess) -> PendingJob? { nil }
}

/// A process to be brought back, with the settings in force.
public struct MonitoredProcess: Sendable, Equatable {
    public var name: ProcessName
    public var settings: ProcessSettings

    public init(name: ProcessName, settings: ProcessSettings) {
        self.name = name
        self.settings = settings
    }
}

/// How an attempt ended. Each text is a phrase for a person, without full stop, that says first what matters: it may have
/// to stand in a note of 100 characters. `unit httpd.service restarted`, `it exited with 1: port in use (unit
/// httpd.service)`.
public enum RestartResult: Sendable, Equatable {
    /// It was started.
    case restarted(String, Started = Started())
    /// It was tried, and failed.
    case failed(String)
    /// There is nothing of the kind this strategy restarts (no such unit): nothing was touched.
    case notFound(String)
    /// An operator's decision or a rule of safety forbids it (a masked unit, PID 1): nothing was touched, and no other
    /// strategy may step in.
    case refused(String)
    /// Cut off by a shutdown or by another's decision: neither success nor failure.
    case interrupted(String)
}

/// What a restart has started, and what the start itself has proven.
public struct Started: Sendable, Hashable {
    public enum Identity: Sendable, Hashable {
        /// An invocation of a unit; every start of the unit is another.
        case unit(UnitName, invocation: [UInt8])
        /// A process; a pid is given away again, but not with the same start time (clock ticks since boot).
        case process(pid: Int32, startTime: UInt64)
    }

    /// What tells it from whatever takes its place; nil where nothing is left running, or it can't be told.
    public var identity: Identity?
    /// Whether the start has waited until the process said that it is ready, or had done its work. Where it has not, a
    /// process that will die in a second looks as well as any.
    public var isReady: Bool

    public init(_ identity: Identity? = nil, isReady: Bool = false) {
        self.identity = identity
        self.isReady = isReady
    }
}

/// Work of the service manager's that a restart waits for.
public struct PendingJob: Sendable, Equatable, CustomStringConvertible {
    public var unit: UnitName
    /// Where the unit is in its start or stop: `stop-sigterm`, `start-pre`…; nil where that isn't known yet.
    public var step: String?
    /// How long it has been waited for.
    public var duration: Duration

    public init(unit: UnitName, step: String?, duration: Duration) {
        self.unit = unit
        self.step = step
        self.duration = duration
    }

    /// `a job of unit httpd.service lasts 31 s already (stop-sigterm)`
    public var description: String {
        "a job of unit \(unit) lasts \(duration.components.seconds) s already" + (step.map { " (\($0))" } ?? "")
    }
}
