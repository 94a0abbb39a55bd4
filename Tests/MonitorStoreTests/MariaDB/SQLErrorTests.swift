import CMariaDB
import MonitorCore
import Testing

@testable import MonitorStore

/// What a server's or the connector's number is told as.
@Suite struct SQLErrorTests {
    private func error(_ number: Int32, _ message: String) -> SQLError {
        SQLError(mariaDBNumber: UInt32(number), message: message, account: "'m'@'%'", database: "d")
    }

    @Test(arguments: [
        "TLS/SSL error: unexpected eof while reading", "TLS/SSL error: Connection reset by peer",
        "TLS/SSL error: Broken pipe (32)",
    ])
    func `a connection that broke is not told as a fault of certificates`(message: String) {
        let error = error(CR_SSL_CONNECTION_ERROR, message)
        #expect(error.code == .unreachable && error.endsConnection)
        #expect(error.reason.contains("has ended the connection") && !error.reason.contains("tls_ca"))
    }

    @Test func `a certificate that does not suit is`() {
        let reason = error(CR_SSL_CONNECTION_ERROR, "TLS/SSL error: certificate has expired").reason
        #expect(reason.contains("check tls and tls_ca"))
    }

    @Test func `a refused password may hold a comment; where none was sent there is nothing to say of it`() {
        let message = "Access denied for user 'm'@'h' (using password: "
        #expect(error(1045, message + "YES)").reason.contains("a comment too"))
        let reason = error(1045, message + "NO)").reason
        #expect(reason.contains("check user, password") && !reason.contains("a comment too"))
    }

    @Test(arguments: [Int32(1290), 1836])
    func `a write that a read-only server refuses ends the connection, so that another server is found`(number: Int32) {
        let error = error(number, "running with the --read-only option")
        #expect(error.code == .unwritable && error.endsConnection)
    }

    @Test func `a host is reached at its own port, or at that of all`() {
        var settings = DatabaseSettings()
        settings.hosts = ["db1:3307", "db2", "[::1]:3308", "fe80::1", "localhost", "10.0.0.1:1"]
        settings.port = 3309
        #expect(
            MariaDBEndpoint.all(in: settings) == [
                .tcp(host: "db1", port: 3307), .tcp(host: "db2", port: 3309), .tcp(host: "::1", port: 3308),
                .tcp(host: "fe80::1", port: 3309), .socket(path: nil), .tcp(host: "10.0.0.1", port: 1),
            ])
    }
}
