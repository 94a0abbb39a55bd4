/// What an engine goes by: its loop, the circuit breaker, and how each process is restarted and checked.
public struct EngineSettings: Sendable, Equatable {
    /// Whether the engine acts: `observe` sees, judges and tells everything, and touches nothing.
    public enum Mode: String, Sendable, CaseIterable { case act, observe }

    public var mode: Mode = .act
    public var checkInterval: Duration = .seconds(300)
    public var maxConcurrentRestarts = 4
    /// How long after a failed recovery the next try begins at the earliest, whatever wakes the engine before; nil = as
    /// long as ``checkInterval``.
    public var retryDelay: Duration?
    public var maxRestartFailures = 3
    public var circuitResetTime: Duration = .seconds(1800)
    /// By how much the reset time grows at each reopening; 1 = not at all.
    public var circuitResetFactor = 1.0
    /// What the reset time grows up to; nil = no limit but a day.
    public var circuitResetMax: Duration?
    /// The largest random share of the reset time that is added to it, 0 to 1.
    public var circuitResetJitter = 0.0
    /// An alarm this soon after a recovery counts as a failure of it; zero = off.
    public var relapseWindow: Duration = .seconds(60)
    /// Patterns (`*`, `?`) of names that may be restarted.
    public var allow = ["*"]
    /// Patterns of names that may not, whatever `allow` says.
    public var deny: [String] = []
    /// `[process.default]` over the built-in defaults: what holds for a process without a section of its own.
    public var processDefaults = ProcessSettings()
    /// The processes with a section of their own, defaults filled in.
    public var processes: [ProcessName: ProcessSettings] = [:]
    /// What is asked about processes, in order of name.
    package var checks: [CheckSpec] = []
    /// How many checks that start programs may run at once.
    package var maxConcurrentChecks = 8

    public init() {}

    /// The settings in force for a process.
    package func settings(for name: ProcessName) -> ProcessSettings {
        guard var own = processes[name] else { return processDefaults }
        own.isNamed = true
        return own
    }
}

extension EngineSettings {
    /// The settings that a recovery of a process goes by: what its checks ask for may come up later than the process, and
    /// has the time for it that they give.
    package func recoverySettings(for name: ProcessName) -> ProcessSettings {
        var own = settings(for: name)
        let slow = checks.filter {
            $0.process == name && $0.raises && $0.kind.tellsAtOnce && !$0.kind.isToldByEvents
        }
        own.healthCheckTimeout = slow.map(\.grace).reduce(own.healthCheckTimeout, max)
        return own
    }

    /// Why `allow` and `deny` keep a process from being restarted here, `deny` first; nil where they don't.
    package func objection(to name: ProcessName) -> String? {
        func isNamed(by patterns: [String]) -> Bool { patterns.contains { NamePattern($0).matches(name) } }
        if isNamed(by: deny) { return "deny of [monitor] names this process" }
        return isNamed(by: allow) ? nil : "allow of [monitor] does not name this process"
    }
}
