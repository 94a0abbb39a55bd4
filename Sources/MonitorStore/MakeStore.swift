public import MonitorCore
internal import Synchronization

/// Makes the store that the settings ask for; nothing is connected or created yet.
///
/// - Parameters:
///   - settings: where it is, and which.
///   - host: the name of this host, for the store's rows.
///   - path: the file of the embedded store; of no meaning for a server.
///   - password: for a server; nil = none.
public func makeStore(
    _ settings: DatabaseSettings, host: String, path: String, password: Secret? = nil
) -> any AlarmStore & ControlStore {
    makeStore(settings, host: host, path: path, password: password, historyRetention: Event.defaultRetention)
}

/// Makes a store with what only the programs know.
///
/// - Parameters:
///   - settings: `[database]`.
///   - host: the host of the daemon or tool.
///   - machineID: what the operating system knows this machine by, to know it again under another name.
///   - path: the file of the embedded store; of no meaning for a server.
///   - password: for a server; nil = none.
///   - historyRetention: how long history is kept.
///   - rereadPassword: asked where a server refuses the password, which may have been changed since it was read; nil =
///     there is no other.
package func makeStore(
    _ settings: DatabaseSettings, host: String, machineID: String? = nil, path: String, password: Secret?,
    historyRetention: Duration, rereadPassword: (@Sendable () -> Secret?)? = nil
) -> any AlarmStore & ControlStore {
    let queryTimeout = settings.queryTimeout
    let login = DatabasePassword(password, reread: rereadPassword)
    let connect: SQLStore.Connector =
        switch settings.backend {
        case .mariadb: { () throws(SQLError) in try login.connect(settings) }
        case .sqlite: embedded(at: path, queryTimeout: queryTimeout)
        }
    return SQLStore(
        host: host, machineID: machineID, historyRetention: historyRetention, queryTimeout: queryTimeout,
        clock: SteadyWallClock(),
        connect: connect)
}

/// Opens the file, which is created where it is missing at first; one that goes later is missed.
private func embedded(at path: String, queryTimeout: Duration) -> SQLStore.Connector {
    let wasOpened = Atomic(false)
    return { () throws(SQLError) in
        let creates = !wasOpened.load(ordering: .acquiring)
        let connection = try SQLiteConnection(path: path, queryTimeout: queryTimeout, creates: creates)
        wasOpened.store(true, ordering: .releasing)
        return connection
    }
}
