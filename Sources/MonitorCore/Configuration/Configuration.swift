/// Everything that a configuration file says, defaults filled in.
public struct Configuration: Sendable, Equatable {
    public var database = DatabaseSettings()
    public var monitor = MonitorSettings()
    public var logging = LoggingSettings()
    /// `[process.default]` over the built-in defaults: what holds for a process without a section of its own.
    public var processDefaults = ProcessSettings()
    /// The processes with a section of their own, defaults filled in.
    public var processes: [ProcessName: ProcessSettings] = [:]
    /// The file it was read from; nil for the built-in defaults.
    public var path: String?

    public init() {}

    /// The settings in force for a process.
    public func settings(for name: ProcessName) -> ProcessSettings {
        processes[name] ?? processDefaults
    }
}

/// `[database]`: where the tables are.
public struct DatabaseSettings: Sendable, Equatable {
    public enum Backend: String, Sendable, CaseIterable { case mariadb, sqlite }

    /// How far TLS is asked for: `preferred` takes what the server offers, `required` fails without encryption,
    /// `verify` checks the server's certificate and name too.
    public enum TLSMode: String, Sendable, CaseIterable { case disabled, preferred, required, verify }

    /// Whether alarms are seen when they are committed: `auto` where the database allows it, `on` with a warning where
    /// it does not; polling goes on in any case.
    public enum ChangeFeed: String, Sendable, CaseIterable { case auto, on, off }

    public var backend: Backend = .sqlite
    /// The file of the embedded store; nil for the default place (``StatePaths``).
    public var path: String?
    /// The hosts to try in turn.
    public var hosts: [String] = []
    public var port: UInt16 = 3306
    /// A Unix socket, used where the host is empty or `localhost`.
    public var socket: String?
    public var user: String?
    /// The password as it stands in the file; never logged.
    public var password: Secret?
    public var passwordFile: String?
    public var database = "v_process_monitor"
    public var tls: TLSMode = .preferred
    public var tlsCA: String?
    public var tlsCertificate: String?
    public var tlsKey: String?
    public var connectTimeout: Duration = .seconds(5)
    public var queryTimeout: Duration = .seconds(10)
    public var changeFeed: ChangeFeed = .auto

    public init() {}
}

/// `[monitor]`: the loop and the circuit breaker.
public struct MonitorSettings: Sendable, Equatable {
    /// The name under which this host's rows are kept; nil for the host's own name.
    public var host: String?
    public var checkInterval: Duration = .seconds(300)
    public var maxConcurrentRestarts = 4
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
    /// How long history is kept.
    public var historyRetention: Duration = .seconds(90 * 86400)
    /// Patterns (`*`, `?`) of names that may be restarted.
    public var allow = ["*"]
    /// Patterns of names that may not, whatever `allow` says.
    public var deny: [String] = []

    public init() {}
}

/// `[logging]`: the rotated file, the journal, the level.
public struct LoggingSettings: Sendable, Equatable {
    public enum Level: String, Sendable, CaseIterable { case debug, info, warning, error }
    public enum Journal: String, Sendable, CaseIterable { case auto, on, off }
    public enum Format: String, Sendable, CaseIterable { case text, json }

    /// Size at which the file is rotated, in KB of 1024 bytes.
    public var maxLogSizeKB = 5120
    /// Rotated files kept beside the one being written.
    public var logFilesToKeep = 5
    /// The log file; nil for the default place.
    public var file: String?
    public var level: Level = .info
    public var journal: Journal = .auto
    public var format: Format = .text

    public init() {}
}

/// A text that never shows itself: a password.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself, for the one call that needs it.
    public let revealed: String
    public init(_ text: String) { revealed = text }
    public var description: String { "(hidden)" }
    public var debugDescription: String { "(hidden)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
