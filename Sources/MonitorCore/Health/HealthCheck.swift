/// A way of telling whether a process is really back.
public protocol HealthCheck: Sendable {
    /// Checks once, for at most `limit`.
    ///
    /// Being cancelled is ``HealthResult/unhealthy(_:)`` too; the caller knows that it cancelled.
    func check(_ process: MonitoredProcess, limit: Duration) async -> HealthResult
}

public enum HealthResult: Sendable, Equatable {
    case healthy
    /// Why not, a phrase for a person: `pgrep worker exited with 1`.
    case unhealthy(String)
}
