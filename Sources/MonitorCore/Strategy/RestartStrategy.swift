public import Logging

/// A way of bringing a process back.
///
/// A strategy does one attempt. It neither checks health nor tries again: the recovery does both. It returns when the
/// process has been started, or can't be; every wait in it has a limit. Cancelled, it stops waiting and returns
/// ``RestartResult/interrupted(_:)``, leaving whatever it started alive.
public protocol RestartStrategy: Sendable {
    func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult
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

/// How an attempt ended. Each text is a phrase for a person, without full stop, that may stand in a note of 100
/// characters: `unit httpd.service restarted`, `start_command exited with 1: port in use`.
public enum RestartResult: Sendable, Equatable {
    /// It was started.
    case restarted(String)
    /// It was tried, and failed.
    case failed(String)
    /// There is nothing of the kind this strategy restarts (no such unit): nothing was touched.
    case notFound(String)
    /// An operator's decision or a rule of safety forbids it (a masked unit, PID 1): nothing was touched, and no other
    /// strategy may step in.
    case refused(String)
    /// Cut off by a shutdown or by somebody else's decision: neither success nor failure.
    case interrupted(String)
}
