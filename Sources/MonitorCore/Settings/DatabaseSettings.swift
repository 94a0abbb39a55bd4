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
    /// The file of the embedded store; nil for the default place (the programs know it).
    package var path: String?
    /// The hosts to try in turn.
    public var hosts: [String] = []
    public var port: UInt16 = 3306
    /// A Unix socket, used where the host is empty or `localhost`.
    public var socket: String?
    public var user: String?
    /// The password as it stands in the file; never logged.
    package var password: Secret?
    package var passwordFile: String?
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

/// A text that never shows itself: a password.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself, for the one call that needs it.
    public let revealed: String
    public init(_ text: String) { revealed = text }
    public var description: String { "(hidden)" }
    public var debugDescription: String { "(hidden)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
