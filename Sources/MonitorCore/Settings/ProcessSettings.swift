/// How one process is restarted and checked: a `[process.NAME]` section with its defaults filled in.
public struct ProcessSettings: Sendable, Equatable {
    package enum Strategy: String, Sendable, CaseIterable { case auto, service, process }

    /// Whether the configuration names this process, by a section of its own; a row in a table alone is less.
    package var isNamed = false
    package var strategy: Strategy = .auto
    /// Run before each attempt; when it fails, the process is not touched.
    public var preRestartCommand: CommandTemplate?
    package var healthCheckCommand: CommandTemplate = .init(unchecked: "pgrep %s")
    /// How long the health check may take to pass, over all its tries.
    public var healthCheckTimeout: Duration = .seconds(5)
    /// How long a process has to stay healthy before it counts as back; nil = 1 s where its start has
    /// not proven that it is ready, else no time.
    public var stableFor: Duration?
    /// The pause between two attempts.
    public var restartDelay: Duration = .seconds(2)
    /// Attempts in one recovery.
    public var maxAttempts = 2
    /// The systemd unit; nil for the name with `.service`.
    public var unit: UnitName?
    package var startCommand: CommandTemplate?
    package var stopCommand: CommandTemplate?
    package var pidFile: String?
    /// A text that the process's command line contains, by which it is found.
    package var match: String?
    /// Who the process runs as, when it is started; nil for who it ran as, or the daemon's own user.
    package var user: String?
    package var workingDirectory: String?
    /// How long a process may take to end after SIGTERM before it gets SIGKILL.
    package var stopTimeout: Duration = .seconds(10)
    /// The limit of `pre_restart_command` and `stop_command`.
    public var commandTimeout: Duration = .seconds(30)
    /// Overrides of `[monitor]` for this process.
    public var maxRestartFailures: Int?
    public var circuitResetTime: Duration?

    public init() {}

    /// How long a process has to stay healthy where nothing else proves that it will.
    package static let defaultStableFor: Duration = .seconds(1)
}
