internal import CMariaDB
internal import MonitorCore

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
