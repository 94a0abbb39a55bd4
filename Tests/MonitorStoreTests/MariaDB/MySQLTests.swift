import MonitorCore
import TestSupport
import Testing

@testable import MonitorStore

/// What is MySQL's own, on a real one.
@Suite(.needsMySQL, .serialized) struct MySQLTests {
    private static let starting = Task.detached { try MariaDBServer(.mySQL) }

    private let server: MariaDBServer
    private let scene: SQLScene

    init() async throws {
        server = try await Self.starting.value
        scene = try await SQLScene.make(.mariadb, on: server)
    }

    @Test func `the server is told by its name`() throws {
        #expect(try server.connection().server.hasPrefix("MySQL "))
    }

    @Test func `columns that the server tells at execute are read`() throws {
        let grants = try server.sql("SHOW GRANTS")
        #expect(grants.contains { $0.first?.text?.hasPrefix("GRANT ") == true }, "\(grants)")
        let connection = try server.connection()
        for _ in 1...2 {
            let row = try connection.execute("SHOW BINARY LOG STATUS", [], keeps: true).rows.first
            #expect(row?.first?.text?.hasPrefix("binlog.") == true, "\(String(describing: row))")
        }
    }

    @Test func `an alarm that an application commits is noticed by the change feed`() async throws {
        let notices = Notices.following(scene.settings)
        try await notices.wait(for: "feed.opened")
        try await notices.wait(forNotices: 1)
        try await notices.expectNotice(of: "an alarm") { try scene.raise(1, note: nil) }
        try server.sql("FLUSH BINARY LOGS")
        try await notices.expectNotice(of: "an alarm in another file") { try scene.raise(2, note: nil) }
        await notices.end()
    }

    @Test func `a server that dies is followed again when it is back, and TLS is not blamed`() async throws {
        let notices = Notices.following(scene.settings)
        try await notices.wait(for: "feed.opened")
        try server.kill()
        try await notices.wait(for: "feed.lost")
        #expect(!"\(notices.records("feed.lost"))".contains("tls_ca"))
        try server.start()
        try await notices.wait(for: "feed.opened", times: 2)
        try await notices.expectNotice(of: "an alarm") { try scene.raise(1, note: nil) }
        await notices.end()
    }

    @Test(arguments: [DatabaseSettings.TLSMode.required, .disabled])
    func `a caching_sha2 password is taken with TLS, and without it by the server's public key`(
        mode: DatabaseSettings.TLSMode
    ) async throws {
        let user = "u\(UInt32.random(in: 0...UInt32.max))"
        try server.sql("CREATE USER \(user)@'127.0.0.1' IDENTIFIED WITH caching_sha2_password BY 'it''s secret'")
        var settings = server.settings(database: "information_schema", user: user)
        settings.hosts = ["127.0.0.1"]
        settings.tls = mode
        // The second time the server knows the password already, and asks for no more than its hash.
        for _ in 1...2 {
            let client = DatabaseClient(settings, password: Secret("it's secret"))
            #expect(try await client.scalar("SELECT CURRENT_USER()") == "\(user)@127.0.0.1")
            await client.close()
        }
        let error = #expect(throws: SQLError.self) {
            _ = try MariaDBConnection.connect(settings, password: Secret("another # comment"))
        }
        #expect(error?.code == .denied)
        #expect(error?.reason.contains("a comment too") == true, "\(String(describing: error))")
    }

    @Test func `a server that takes no writes opens no daemon's store, and does when it takes them`() async throws {
        let store = scene.makeStore(host: "here")
        try server.sql("SET GLOBAL super_read_only = 1")
        let error = await #expect(throws: StoreError.self) { _ = try await store.open() }
        try server.sql("SET GLOBAL super_read_only = 0")
        try server.sql("SET GLOBAL read_only = 0")
        #expect(error?.code == .unwritable, "\(String(describing: error))")
        #expect("\(String(describing: error))".contains("is read-only, and no other server"))
        _ = try await store.open()
    }

    @Test(.integration(with: "openssl", isAvailable: TestCertificates.isAvailable))
    func `its certificate is verified, a caching_sha2 password then taken, and another authority refused`()
        async throws
    {
        let certificates = try await TestCertificates()
        let server = try await Task.detached {
            try MariaDBServer(
                .mySQL,
                options: [
                    "--ssl-ca=\(certificates.authority)", "--ssl-cert=\(certificates.certificate)",
                    "--ssl-key=\(certificates.key)",
                ])
        }.value
        let database = try server.makeDatabase()
        _ = try await database.initializedStore()
        try server.sql("CREATE USER tls@'127.0.0.1' IDENTIFIED WITH caching_sha2_password BY 'secret' REQUIRE SSL")
        try server.sql("GRANT ALL ON \(database.name).* TO tls@'127.0.0.1'")
        try server.sql("GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO tls@'127.0.0.1'")
        var settings = database.settings(user: "tls")
        (settings.hosts, settings.tls, settings.tlsCA) = (["127.0.0.1"], .verify, certificates.authority)
        for _ in 1...2 {
            let client = DatabaseClient(settings, password: Secret("secret"))
            #expect(try await client.rows("SHOW STATUS LIKE 'Ssl_cipher'").first?[1] != "")
            await client.close()
        }
        let notices = Notices.following(settings, password: Secret("secret"))
        try await notices.wait(for: "feed.opened")
        await notices.end()
        // Without TLS the server lets this account not in.
        settings.tls = .disabled
        let plain = #expect(throws: SQLError.self) {
            _ = try MariaDBConnection.connect(settings, password: Secret("secret"))
        }
        #expect(plain?.code == .denied, "\(String(describing: plain))")
        (settings.tls, settings.tlsCA) = (.verify, certificates.stranger)
        let stranger = #expect(throws: SQLError.self) {
            _ = try MariaDBConnection.connect(settings, password: Secret("secret"))
        }
        #expect(stranger?.code == .unreachable)
        #expect(stranger?.reason.contains("certificate") == true, "\(String(describing: stranger))")
        #expect(stranger?.reason.contains("check tls and tls_ca") == true, "\(String(describing: stranger))")
    }
}
