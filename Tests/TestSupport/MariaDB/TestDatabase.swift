package import MonitorCore
internal import MonitorStore

/// A database of a test's own on a ``MariaDBServer``.
package struct TestDatabase: Sendable {
    package let name: String
    package let server: MariaDBServer
    /// Root, in this database.
    package let root: DatabaseClient

    init(name: String, server: MariaDBServer) {
        self.name = name
        self.server = server
        root = server.client(database: name)
    }

    /// The settings to reach it by.
    package func settings(user: String = "root") -> DatabaseSettings { server.settings(database: name, user: user) }

    /// A store on it; nothing is created yet.
    package func store(
        user: String = "root", host: String = "here",
        change: (inout DatabaseSettings) -> Void = { _ in }
    ) -> any AlarmStore & ControlStore {
        var settings = settings(user: user)
        change(&settings)
        return makeStore(
            settings, host: host, path: "", password: nil, historyRetention: Event.defaultRetention)
    }

    /// A store of which the tables are there.
    package func initializedStore(addsIndex: Bool = false) async throws -> any AlarmStore & ControlStore {
        let store = store()
        _ = try await store.initialize(addsIndex: addsIndex)
        return store
    }

    /// Makes an account of this name, without a password, that may do what the statements say; `TO` is added.
    package func makeUser(_ user: String, granting privileges: [String]) async throws {
        try await root.run("CREATE USER '\(user)'@'localhost'")
        for privilege in privileges { try await root.run("GRANT \(privilege) TO '\(user)'@'localhost'") }
    }

    /// Runs a script with MariaDB's own client, as an administrator does.
    package func runClient(script path: String) async throws {
        let client = try await TestCommand.run(
            "mariadb",
            ["--no-defaults", "--user=root", "--socket=\(server.socket)", name, "--execute=source \(path)"])
        guard client.status == 0 else { throw TestFailure("cannot run \(path): \(client.output)") }
    }
}
