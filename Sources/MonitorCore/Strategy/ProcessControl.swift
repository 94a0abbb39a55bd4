package import Logging

/// Restarts what is no service: the processes of the host, as far as a strategy has to know of them.
///
/// Implemented by `MonitorLinux`.
package protocol ProcessControl: RestartStrategy {
    /// The main processes that run under the name of a process: of a server with workers, the server.
    func running(_ process: MonitoredProcess, logger: Logger) async -> [Int32]

    /// Whether a restart would know what to start. Nothing is touched.
    func plan(for process: MonitoredProcess, logger: Logger) async -> LaunchPlan

    /// What has taken the place of what a restart has started: a supervisor's copy, for which that one was ended. nil
    /// where it still is in its place.
    func successor(of started: Started) -> Started?
}

extension ProcessControl {
    public func successor(of started: Started) -> Started? { nil }
}

/// Whether it is known what to start for a process.
package enum LaunchPlan: Sendable, Equatable {
    case ready
    /// None runs, none was started before, and no `start_command` is set.
    case nothingKnown
    /// What would be started can't be; a phrase.
    case impossible(String)
}
