public import MonitorCore

/// Makes the store that a configuration asks for; nothing is connected before its first call.
///
/// - Parameters:
///   - host: the name under which this host's rows are kept.
///   - path: the file of an embedded store (``StatePaths``).
///   - password: what ``DatabaseSettings/resolvedPassword(environment:)`` found.
///   - historyRetention: how long history is kept.
public func makeStore(
    _ settings: DatabaseSettings, host: String, path: String, password: Secret?, historyRetention: Duration
) -> any AlarmStore & ControlStore {
    SQLStore(
        host: host, historyRetention: historyRetention, queryTimeout: settings.queryTimeout, clock: SteadyWallClock()
    ) { () throws(SQLError) in
        switch settings.backend {
        case .mariadb: try MariaDBConnection.connect(settings, password: password)
        case .sqlite: try SQLiteConnection(path: path, queryTimeout: settings.queryTimeout)
        }
    }
}
