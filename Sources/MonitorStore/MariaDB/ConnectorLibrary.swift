internal import CMariaDB

/// The functions of MariaDB Connector/C, which is loaded at the first connection to a server.
///
/// With it comes OpenSSL: to link both takes a quarter of the time of a short command, and who keeps alarms in SQLite needs
/// neither.
var connector: monitor_connector { ConnectorLibrary.loaded.functions }

enum ConnectorLibrary {
    // Written once, before the first read.
    fileprivate nonisolated(unsafe) static let loaded = {
        var functions = monitor_connector()
        let failure = monitor_connector_load(&functions).map { String(cString: $0) }
        // By itself it would do this at the first connection, and not bear that several threads make theirs at once.
        if failure == nil { _ = functions.mysql_server_init(0, nil, nil) }
        return (functions: functions, failure: failure)
    }()

    /// Loads the library; must be called before any of its functions.
    static func load() throws(SQLError) {
        guard let failure = loaded.failure else { return }
        throw SQLError(
            .unreachable,
            reason: """
                the client library can't be loaded: \(failure); install mariadb-connector-c (Red Hat) or libmariadb3 \
                (Debian), then start this program again
                """)
    }
}
