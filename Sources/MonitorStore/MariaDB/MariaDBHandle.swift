internal import CMariaDB
internal import MonitorCore

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

/// A connection handle of Connector/C, closed when it goes.
struct MariaDBHandle: ~Copyable {
    let pointer: UnsafeMutablePointer<MYSQL>

    init() throws(SQLError) {
        try ConnectorLibrary.load()
        guard let pointer = connector.mysql_init(nil) else {
            throw SQLError(.rejected, reason: "no memory left for a connection")
        }
        self.pointer = pointer
    }

    deinit { connector.mysql_close(pointer) }

    var errorNumber: UInt32 { connector.mysql_errno(pointer) }
    var errorMessage: String { connector.mysql_error(pointer).map { String(cString: $0) } ?? "" }
    var serverVersion: String { connector.mysql_get_server_info(pointer).map { String(cString: $0) } ?? "" }
    var isEncrypted: Bool { connector.mysql_get_ssl_cipher(pointer) != nil }

    // The options are those that Connector/C 3.1 knows; its `mysql_optionsv` is variadic and out of Swift's reach.

    func set(_ option: mysql_option, to number: UInt32) {
        withUnsafePointer(to: number) { _ = connector.mysql_options(pointer, option, $0) }
    }

    func set(_ option: mysql_option, to flag: Bool) {
        let value: my_bool = flag ? 1 : 0
        withUnsafePointer(to: value) { _ = connector.mysql_options(pointer, option, $0) }
    }

    func set(_ option: mysql_option, to text: String?) {
        guard let text else { return }
        text.withCString { _ = connector.mysql_options(pointer, option, $0) }
    }

    /// Connects and logs in; the options are set before.
    ///
    /// - Returns: false on failure, which ``errorNumber`` and ``errorMessage`` tell of.
    func connect(to endpoint: MariaDBEndpoint, user: String?, password: Secret?, database: String) -> Bool {
        let host: String?
        let port: UInt16
        let socket: String?
        switch endpoint {
        case .socket(let path): (host, port, socket) = (nil, 0, path)
        case .tcp(let name, let number): (host, port, socket) = (name, number, nil)
        }
        // An UPDATE is to count the rows that it found, also those it did not change.
        return connector.mysql_real_connect(
            pointer, host, user, password?.revealed, database, UInt32(port), socket, UInt(CLIENT_FOUND_ROWS)) != nil
    }
}

extension Duration {
    /// The duration for an option of Connector/C, which counts whole seconds: rounded up, at least 1, because 0 means
    /// for ever, and at most a day, because the library reckons on in milliseconds and an `int`.
    package var wholeSecondsForConnector: UInt32 {
        let (seconds, attoseconds) = components
        let roundedUp = attoseconds > 0 && seconds < .max ? seconds + 1 : seconds
        return UInt32(min(max(1, roundedUp), 86_400))
    }
}
