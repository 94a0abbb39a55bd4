import MonitorCore
import MonitorStore
import TestSupport
import Testing

/// The modes of `[database] tls`, with real certificates.
@Suite(.needsMariaDB, .integration(with: "openssl", isAvailable: TestCertificates.isAvailable))
struct MariaDBTLSTests {
    private struct Servers {
        let certificates: TestCertificates
        let good: TestDatabase
        let expired: TestDatabase
        /// A server that offers no TLS.
        let plain: TestDatabase
    }

    private static let serversTask = Task {
        let certificates = try await TestCertificates()
        func database(_ options: [String]) async throws -> TestDatabase {
            let database = try await Task.detached { try MariaDBServer(options: options) }.value.makeDatabase()
            for address in ["127.0.0.1", "127.0.0.2"] {
                try await database.root.run("CREATE USER 'tcp'@'\(address)'")
                try await database.root.run("GRANT ALL ON \(database.name).* TO 'tcp'@'\(address)'")
            }
            return database
        }
        func tls(_ certificate: String) -> [String] {
            [
                "--ssl-ca=\(certificates.authority)", "--ssl-cert=\(certificate)", "--ssl-key=\(certificates.key)",
                "--bind-address=127.0.0.1,127.0.0.2",
            ]
        }
        return Servers(
            certificates: certificates, good: try await database(tls(certificates.certificate)),
            expired: try await database(tls(certificates.expired)), plain: try await database([]))
    }

    private let servers: Servers

    init() async throws { servers = try await Self.serversTask.value }

    /// Connects, and gives the cipher that is used; empty without encryption.
    private func cipher(
        _ database: TestDatabase, _ mode: DatabaseSettings.TLSMode, authority: String? = nil, host: String = "127.0.0.1"
    ) async throws -> String {
        var settings = database.settings(user: "tcp")
        settings.hosts = [host]
        settings.tls = mode
        settings.tlsCA = authority
        let client = DatabaseClient(settings, password: nil)
        return try await client.rows("SHOW STATUS LIKE 'Ssl_cipher'").first?[1] ?? ""
    }

    @Test(arguments: [
        (DatabaseSettings.TLSMode.disabled, false), (.preferred, true), (.required, true),
    ])
    func `a server that offers TLS gets what was asked for`(mode: DatabaseSettings.TLSMode, isEncrypted: Bool)
        async throws
    {
        #expect(try await cipher(servers.good, mode).isEmpty == !isEncrypted)
    }

    @Test(arguments: [DatabaseSettings.TLSMode.disabled, .preferred])
    func `a server that offers none will do where none is required`(mode: DatabaseSettings.TLSMode) async throws {
        #expect(try await cipher(servers.plain, mode) == "")
    }

    @Test(arguments: [DatabaseSettings.TLSMode.required, .verify])
    func `a server that offers none is refused where it is required`(mode: DatabaseSettings.TLSMode) async throws {
        let error = try await #require(throws: SQLError.self) { _ = try await cipher(servers.plain, mode) }
        #expect(error.reason.contains("TLS") || error.reason.contains("SSL"), "\(error.reason)")
    }

    @Test func `the right authority and the right name are verified`() async throws {
        #expect(try await cipher(servers.good, .verify, authority: servers.certificates.authority) != "")
    }

    @Test func `required does not ask who the server is`() async throws {
        #expect(try await cipher(servers.expired, .required) != "")
    }

    @Test func `a certificate of another authority is refused`() async throws {
        let authority = servers.certificates.stranger
        let error = try await #require(throws: SQLError.self) {
            _ = try await cipher(servers.good, .verify, authority: authority)
        }
        #expect(error.reason.contains("certificate"), "\(error.reason)")
    }

    @Test func `an authority that the system does not know is refused`() async throws {
        let error = try await #require(throws: SQLError.self) { _ = try await cipher(servers.good, .verify) }
        #expect(error.reason.contains("certificate"), "\(error.reason)")
    }

    @Test func `a certificate for another name is refused`() async throws {
        let authority = servers.certificates.authority
        let error = try await #require(throws: SQLError.self) {
            _ = try await cipher(servers.good, .verify, authority: authority, host: "127.0.0.2")
        }
        #expect(error.reason.contains("that the certificate is for this host"), "\(error.reason)")
    }

    @Test func `a certificate of which the time is over is refused`() async throws {
        let authority = servers.certificates.authority
        let error = try await #require(throws: SQLError.self) {
            _ = try await cipher(servers.expired, .verify, authority: authority)
        }
        #expect(error.reason.contains("expired"), "\(error.reason)")
    }

    @Test func `a file of certificates that is not there is said so`() async throws {
        let error = try await #require(throws: SQLError.self) {
            _ = try await cipher(servers.good, .verify, authority: "/nowhere/ca.pem")
        }
        #expect(error.reason.contains("cannot read tls_ca '/nowhere/ca.pem': No such file"), "\(error.reason)")
    }

    @Test func `the change feed is as private as the store`() async throws {
        let database = servers.good
        _ = try await database.initializedStore()
        try await database.root.run("GRANT REPLICATION SLAVE ON *.* TO 'tcp'@'127.0.0.1'")
        try await database.root.run("INSERT INTO PROCESE VALUES (1, 'a')")
        try await database.root.run("INSERT INTO STATUS_PROCESS (process_id) VALUES (1)")
        var settings = database.settings(user: "tcp")
        settings.hosts = ["127.0.0.1"]
        settings.tls = .verify
        settings.tlsCA = servers.certificates.stranger
        let refused = Notices.following(settings)
        try await refused.wait(for: "feed.lost")
        #expect(refused.records("feed.opened").isEmpty)
        await refused.end()
        settings.tlsCA = servers.certificates.authority
        let notices = Notices.following(settings)
        try await notices.wait(for: "feed.opened")
        try await notices.expectNotice(of: "an alarm") {
            try await database.root.run("UPDATE STATUS_PROCESS SET alarma = 1")
        }
        await notices.end()
    }
}
