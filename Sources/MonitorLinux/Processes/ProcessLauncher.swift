public import MonitorCore

/// A way of starting a program so that it outlives this daemon.
///
/// Two kinds: a session of its own (``SessionLauncher``), and a systemd unit of its own where systemd runs.
public protocol ProcessLauncher: Sendable {
    /// Starts a program for a process and returns when it is known to run, or that it doesn't.
    ///
    /// Returning ``RestartResult/restarted(_:_:)`` means that the program was executed, and was either still running a
    /// moment later or had ended with 0: what turns itself into a daemon does that. Ending at once in any other way is
    /// ``RestartResult/failed(_:)``, with the exit code. Cancelled, it stops waiting and returns
    /// ``RestartResult/interrupted(_:)``, leaving alive what it started. Whether the process is well is for a
    /// ``HealthCheck`` to say.
    ///
    /// The program gets `/dev/null` for its standard streams, no other descriptor, and exactly the environment,
    /// directory, user and groups of `launch`.
    ///
    /// - Parameter name: the process it is started for, used for messages and the name of a unit.
    func start(_ launch: LaunchSpec, for name: ProcessName) async -> RestartResult
}
