internal import CMariaDB
internal import MonitorCore

extension SQLError {
    /// The error that a server or Connector/C gave, with the remedy where there is one.
    ///
    /// Numbers below 2000 and from 3000 on are the server's, those between are the connector's.
    init(mariaDBNumber number: UInt32, message: String, account: String, database: String) {
        let said = "\(message.escapedForDisplay(limit: 300)) (\(number))"
        let number32 = Int32(clamping: number)
        switch Int32(clamping: number) {
        case ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED:
            self.init(
                .unreachable, number: number32,
                reason: "the server has no connection left for us: \(said); see max_connections", endsConnection: true)
        case ER_ACCESS_DENIED_ERROR where message.contains("using password: YES"):
            self.init(
                .denied, number: number32,
                reason: """
                    \(said); check user, password and password_file in [database]; all that stands behind 'password =' \
                    belongs to the password, a comment too
                    """, endsConnection: true)
        case ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ER_HOST_NOT_PRIVILEGED, ER_HOST_IS_BLOCKED,
            CR_AUTH_PLUGIN_CANNOT_LOAD, CR_AUTH_PLUGIN_ERR, CR_SECURE_AUTH:
            self.init(
                .denied, number: number32, reason: "\(said); check user, password and password_file in [database]",
                endsConnection: true)
        case ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR,
            ER_SPECIFIC_ACCESS_DENIED_ERROR, ER_BINLOG_CREATE_ROUTINE_NEED_SUPER:
            let remedy = Grants.remedy(for: message, account: account, database: database)
            self.init(.denied, number: number32, reason: "\(said)\(remedy.map { "; \($0)" } ?? "")")
        case ER_BAD_DB_ERROR:
            self.init(.schema, number: number32, reason: "\(said); CREATE DATABASE makes it", endsConnection: true)
        case ER_NO_SUCH_TABLE:
            self.init(.schema, number: number32, reason: "\(said); 'monitorctl init' creates the tables")
        case ER_BAD_FIELD_ERROR:
            self.init(.schema, number: number32, reason: "\(said); \(TableNames.remedy(forMissingColumn: message))")
        case ER_LOCK_DEADLOCK, ER_LOCK_WAIT_TIMEOUT, ER_CHECKREAD, ER_NEED_REPREPARE, ER_QUERY_INTERRUPTED, 3572:
            // 3572 is MySQL's answer to NOWAIT.
            self.init(.busy, number: number32, reason: said)
        case ER_STATEMENT_TIMEOUT:
            self.init(.timedOut, number: number32, reason: said)
        case ER_OPTION_PREVENTS_STATEMENT, ER_READ_ONLY_MODE, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION:
            // The next connection may find another server that takes writes.
            self.init(.unwritable, number: number32, reason: "the server is read-only: \(said)", endsConnection: true)
        case ER_RECORD_FILE_FULL, ER_DISK_FULL, ER_GET_ERRNO:
            self.init(.unwritable, number: number32, reason: "the server cannot write: \(said)")
        case ER_CRASHED_ON_USAGE, ER_CRASHED_ON_REPAIR, ER_TABLE_CORRUPT, ER_INDEX_CORRUPT, ER_NOT_KEYFILE,
            ER_ERROR_ON_READ, ER_TABLESPACE_MISSING, ER_TABLESPACE_DISCARDED:
            // Until an administrator repairs the table, or puts a copy in its place.
            self.init(.unwritable, number: number32, reason: "the server cannot use a table's file: \(said)")
        case ER_DUP_ENTRY:
            // The server's text shows the value.
            self.init(.duplicate, number: number32, reason: "a row with that key exists already (\(number))")
        case CR_SSL_CONNECTION_ERROR where Self.isBrokenOff(message):
            self.init(
                .unreachable, number: number32, reason: "the server has ended the connection: \(said)",
                endsConnection: true)
        case CR_SSL_CONNECTION_ERROR:
            self.init(
                .unreachable, number: number32,
                reason: "\(said); check tls and tls_ca in [database], and that the certificate is for this host",
                endsConnection: true)
        case ER_SERVER_SHUTDOWN, ER_NORMAL_SHUTDOWN, ER_ABORTING_CONNECTION, ER_NEW_ABORTING_CONNECTION,
            ER_NET_READ_ERROR, ER_NET_READ_INTERRUPTED, ER_NET_ERROR_ON_WRITE, ER_NET_WRITE_INTERRUPTED,
            ER_CONNECTION_KILLED, ER_UNKNOWN_COM_ERROR, CR_MIN_ERROR...CR_MAX_ERROR, 5000...5999:
            // 1047 is also how a member of a Galera cluster says that it has lost the others.
            self.init(.unreachable, number: number32, reason: said, endsConnection: true)
        default:
            self.init(.rejected, number: number32, reason: said)
        }
    }

    /// Whether an error of TLS means only that the server died, or the network broke.
    private static func isBrokenOff(_ message: String) -> Bool {
        let message = message.lowercased()
        return ["unexpected eof", "connection reset", "broken pipe"].contains { message.contains($0) }
    }
}

extension MariaDBConnection {
    /// Whether the connector's number says that the connection broke or never was.
    static func isLostConnection(_ number: UInt32) -> Bool {
        [CR_SERVER_GONE_ERROR, CR_SERVER_LOST, CR_CONNECTION_ERROR, CR_CONN_HOST_ERROR, CR_SERVER_LOST_EXTENDED]
            .contains(Int32(clamping: number))
    }
}
