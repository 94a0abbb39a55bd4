internal import CMariaDB
internal import Glibc
package import MonitorCore
internal import Synchronization

/// The password of the account. It is read again where a server refuses it: it may have been changed there and in its
/// file since it was read.
final class DatabasePassword: Sendable {
    private let current: Mutex<Secret?>
    private let reread: (@Sendable () -> Secret?)?

    /// - Parameter reread: reads it where it was read first; nil where that can't be done, now or at all.
    init(_ password: Secret?, reread: (@Sendable () -> Secret?)? = nil) {
        current = Mutex(password)
        self.reread = reread
    }

    /// Connects with it.
    func connect(_ settings: DatabaseSettings) throws(SQLError) -> MariaDBConnection {
        let used = current.withLock { $0 }
        do {
            return try MariaDBConnection.connect(settings, password: used)
        } catch let error where error.number == ER_ACCESS_DENIED_ERROR {
            guard let fresh = reread?(), fresh != used else { throw error }
            current.withLock { $0 = fresh }
            return try MariaDBConnection.connect(settings, password: fresh)
        }
    }
}

extension MariaDBConnection {
    /// Connects to the first server of the settings that lets us in.
    ///
    /// One that takes no writes is left for the next: it follows another, and is taken only where none takes writes.
    ///
    /// Each one gets the connect timeout, so that a host that accepts and stays silent does not stop the search.
    ///
    /// - Throws: the failure of every server, each with its name.
    package static func connect(
        _ settings: DatabaseSettings, password: Secret?
    ) throws(SQLError) -> MariaDBConnection {
        var failures: [(endpoint: MariaDBEndpoint, error: SQLError)] = []
        var readOnly: MariaDBConnection?
        for endpoint in MariaDBEndpoint.all(in: settings) {
            do {
                let connection = try MariaDBConnection(endpoint, settings, password: password)
                guard connection.isReadOnly else { return connection }
                readOnly = readOnly ?? connection
            } catch {
                failures.append((endpoint, error))
            }
        }
        if let readOnly { return readOnly }
        // A server that answered and refused says more than one that was not there.
        let telling = failures.map(\.error).first { $0.code != .unreachable && $0.code != .timedOut }
        throw SQLError(
            telling?.code ?? failures.last?.error.code ?? .unreachable, number: telling?.number ?? 0,
            reason: failures.map { "\($0.endpoint): \($0.error.reason)" }.joined(separator: "; "),
            endsConnection: true)
    }
}

extension MariaDBHandle {
    /// Sets what has to be set before connecting.
    func configure(_ settings: DatabaseSettings, for endpoint: MariaDBEndpoint) throws(SQLError) {
        set(MYSQL_SET_CHARSET_NAME, to: "utf8mb4")
        set(MYSQL_OPT_CONNECT_TIMEOUT, to: settings.connectTimeout.wholeSecondsForConnector)
        set(MYSQL_OPT_READ_TIMEOUT, to: settings.queryTimeout.wholeSecondsForConnector)
        set(MYSQL_OPT_WRITE_TIMEOUT, to: settings.queryTimeout.wholeSecondsForConnector)
        // A server must not be able to ask for a file of this host.
        set(MYSQL_OPT_LOCAL_INFILE, to: UInt32(0))
        // No other host can listen in on a Unix socket: encrypted only where the configuration demands it.
        if case .socket = endpoint, settings.tls == .preferred { return verifyServer(false) }
        try configureTLS(settings)
    }

    /// Newer versions of Connector/C verify unless told not to.
    private func verifyServer(_ isWanted: Bool) { set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, to: isWanted) }

    private func configureTLS(_ settings: DatabaseSettings) throws(SQLError) {
        verifyServer(settings.tls == .verify)
        guard settings.tls != .disabled else { return }
        set(MYSQL_OPT_SSL_ENFORCE, to: true)
        try set(MYSQL_OPT_SSL_CA, toFile: settings.tlsCA, of: "tls_ca")
        try set(MYSQL_OPT_SSL_CERT, toFile: settings.tlsCertificate, of: "tls_cert")
        try set(MYSQL_OPT_SSL_KEY, toFile: settings.tlsKey, of: "tls_key")
    }

    /// The library would say that a file is missing, but not which.
    private func set(_ option: mysql_option, toFile path: String?, of key: String) throws(SQLError) {
        guard let path else { return }
        guard access(path, R_OK) == 0 else {
            let reason = String(cString: strerror(errno))
            throw SQLError(.denied, reason: "cannot read \(key) '\(path)': \(reason)", endsConnection: true)
        }
        set(option, to: path)
    }
}
