import CMariaDB
import Glibc
import MonitorCore
import MonitorStore
import Synchronization
import TestSupport
import Testing

/// The ways in which a server may have an account prove who it is.
@Suite(.needsMariaDB) struct MariaDBAccountTests {
    private static let password = "it's a \"pässword\""

    /// The server's half of ed25519, which Debian has in the package that would start a database for all of the host.
    private static let hasEd25519 = ["/usr/lib/mysql/plugin", "/usr/lib64/mariadb/plugin"].contains {
        access("\($0)/auth_ed25519.so", R_OK) == 0
    }

    /// Makes an account, logs in, and gives who the server took it for.
    private func logIn(
        identified: String, password: String? = password, user: String = "u\(UInt32.random(in: 0...UInt32.max))"
    ) async throws -> String? {
        let server = try await MariaDBServer.shared
        try server.sql("CREATE USER \(user)@localhost IDENTIFIED \(identified)")
        defer { _ = try? server.sql("DROP USER \(user)@localhost") }
        let settings = server.settings(database: "information_schema", user: user)
        let client = DatabaseClient(settings, password: password.map(Secret.init))
        let account = try await client.scalar("SELECT CURRENT_USER()")
        await client.close()
        return account?.replacing(user, with: "USER")
    }

    private static let escaped = "'it''s a \"pässword\"'"

    @Test func `a password of MySQL's native kind is taken`() async throws {
        let account = try await logIn(identified: "VIA mysql_native_password USING PASSWORD(\(Self.escaped))")
        #expect(account == "USER@localhost")
    }

    @Test(.enabled(if: hasEd25519, "the server has no plugin for it")) func `an ed25519 password is taken`()
        async throws
    {
        _ = try? await MariaDBServer.shared.sql("INSTALL SONAME 'auth_ed25519'")
        let account = try await logIn(identified: "VIA ed25519 USING PASSWORD(\(Self.escaped))")
        #expect(account == "USER@localhost")
    }

    @Test func `a user of the host is let in by who it is, without a password`() async throws {
        let own = try #require(getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) })
        // A server of its own, because the tests' administrator may be that very user.
        let server = try await Task.detached { try MariaDBServer() }.value
        try server.sql("CREATE USER IF NOT EXISTS '\(own)'@localhost")
        try server.sql("ALTER USER '\(own)'@localhost IDENTIFIED VIA unix_socket")
        let client = DatabaseClient(server.settings(database: "information_schema", user: own), password: nil)
        #expect(try await client.scalar("SELECT CURRENT_USER()") == "\(own)@localhost")
    }

    @Test func `nobody is let in as another user of the host`() async throws {
        let error = try await #require(throws: SQLError.self) {
            _ = try await logIn(identified: "VIA unix_socket", password: nil)
        }
        #expect(error.code == .denied)
    }

    @Test(arguments: ["mysql_native_password"] + (hasEd25519 ? ["ed25519"] : []))
    func `a wrong password is refused, and not told`(plugin: String) async throws {
        _ = try? await MariaDBServer.shared.sql("INSTALL SONAME 'auth_ed25519'")
        let error = try await #require(throws: SQLError.self) {
            _ = try await logIn(identified: "VIA \(plugin) USING PASSWORD('right')", password: "wr0ng-w0rd")
        }
        #expect(error.code == .denied && error.reason.contains("check user, password"), "\(error.reason)")
        #expect(!error.reason.contains("wr0ng-w0rd") && !error.reason.contains("right"))
    }

    @Test(arguments: ["mysql_native_password", "caching_sha2_password", "client_ed25519", "sha256_password"])
    func `the library has what an account of that kind takes`(plugin: String) throws {
        let handle = try #require(mysql_init(nil))
        defer { mysql_close(handle) }
        // MYSQL_CLIENT_AUTHENTICATION_PLUGIN of client_plugin.h, which is for makers of plugins.
        let found = mysql_client_find_plugin(handle, plugin, 2)
        #expect(found != nil, "\(String(cString: mysql_error(handle)))")
    }

    @Test func `a password that was changed is read again when the old one is refused`() async throws {
        let database = try await MariaDBServer.shared.makeDatabase()
        _ = try await database.initializedStore()
        let user = "u\(UInt32.random(in: 0...UInt32.max))"
        try await database.root.run("CREATE USER \(user)@localhost IDENTIFIED BY 'first'")
        try await database.root.run("GRANT ALL ON \(database.name).* TO \(user)@localhost")
        let file = Mutex("first")
        let store = makeStore(
            database.settings(user: user), host: "here", path: "", password: Secret("first"),
            historyRetention: .seconds(86400), rereadPassword: { Secret(file.withLock { $0 }) })
        _ = try await store.open()
        try await database.root.run("ALTER USER \(user)@localhost IDENTIFIED BY 'second'")
        await store.close()
        // The file comes later than the server's change: refused until then.
        let error = await #expect(throws: StoreError.self) { _ = try await store.poll() }
        #expect(error?.code == .denied)
        file.withLock { $0 = "second" }
        #expect(try await store.poll().isEmpty)
        await store.close()
        #expect(try await store.poll().isEmpty, "it is remembered")
    }
}
