import MonitorCore
import TestSupport
import Testing

@testable import MonitorStore

/// Real databases of version 1, made by the scripts that came with it (`Tests/Version1`).
@Suite(.needsMariaDB) struct SchemaUpgradeTests {
    private struct OldDatabase {
        let client: DatabaseClient
        let makeStore: () -> any AlarmStore & ControlStore
        let dialect: SQLDialect
        let settings: DatabaseSettings
        /// Lives as long as the database does.
        let directory: TemporaryDirectory?

        static func make(_ backend: SQLScene.Backend, on server: MariaDBServer? = nil) async throws -> OldDatabase {
            let file = RepositoryFile("Tests/Version1/\(backend.rawValue).sql")
            switch backend {
            case .mariadb:
                let server = if let server { server } else { try await MariaDBServer.shared }
                let database = try server.makeDatabase()
                try await database.runClient(script: file.path)
                return OldDatabase(
                    client: database.root, makeStore: { database.store() }, dialect: .mariadb,
                    settings: database.settings(), directory: nil)
            case .sqlite:
                let directory = try TemporaryDirectory()
                let client = DatabaseClient(sqlite: "\(directory.path)/old.db")
                try await client.run(file.text())
                return OldDatabase(
                    client: client, makeStore: { directory.store(file: "old.db") }, dialect: .sqlite,
                    settings: DatabaseSettings(), directory: directory)
            }
        }

        /// What two hosts of version 1 have left behind.
        func fill() async throws {
            try await client.run([
                "INSERT INTO PROCESE VALUES (1, 'web')", "INSERT INTO PROCESE VALUES (2, 'mail')",
                "INSERT INTO STATUS_PROCESS VALUES (1, 0, 1, 'noise')",
                "INSERT INTO STATUS_PROCESS VALUES (2, 0, 0, NULL)",
                "UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1",
                "INSERT INTO MONITOR_BREAKER VALUES ('a', 1, 'closed', 1, 4, 0, NULL, 5, NULL, NULL)",
                "INSERT INTO MONITOR_BREAKER VALUES ('b', 1, 'open', 3, 7, 1, 4102444800000, NULL, 6, 'b-1')",
                "INSERT INTO MONITOR_HOLD VALUES ('a', 2, 7, NULL, 'tape change', 'ann')",
                "INSERT INTO MONITOR_HOLD VALUES ('b', 2, 8, 9, NULL, NULL)",
                Self.history("'failed', 1000, 500, 2, 'attempt 1: no', 'a-1-1', 'untouched', 1"),
                Self.history("'reset', 2000, 0, 0, 'by eva', NULL, NULL, NULL"),
                Self.history("'held', 3000, 0, 0, 'by ann: tape: change', NULL, NULL, NULL"),
                "INSERT INTO MONITOR_DAEMON VALUES ('a', 'a-1', 5, '1.0', 'stopped', 1, 2, 4102444800000)",
            ])
        }

        private static func history(_ values: String) -> String {
            """
            INSERT INTO MONITOR_HISTORY (host, process_id, process_name, kind, happened_at, duration, attempts, detail, \
            report_id, alarm_result, breaker_applied) VALUES ('a', 1, 'web', \(values))
            """
        }

        func expectUpgraded() async throws {
            let store = makeStore()
            let capabilities = try await store.open()
            #expect(capabilities.persistsState && capabilities.countsRevisions && capabilities.remarks.isEmpty)
            let alarm = try #require(try await store.poll().first)
            #expect(alarm.revision == 1 && alarm.notes == "noise" && alarm.claim?.instance == "b-1")
            let until = Timestamp(milliseconds: 4_102_444_800_000)
            #expect(
                alarm.breaker == CircuitBreaker(state: .open(until: until), failures: 3, generation: 7, openings: 1))
            let hold = try #require(try await store.status(2).hold)
            #expect(hold.until == nil && hold.reason == "tape change" && hold.by == "ann")
            let events = try await store.events(EventQuery(of: ["web"], limit: 10))
            #expect(events.map(\.kind) == [.held, .breakerClosed, .failed])
            #expect(events.map(\.code) == [nil, .reset, nil])
            #expect(events.map(\.actor) == ["ann", "eva", nil])
            #expect(events.map(\.detail) == ["tape: change", "", "attempt 1: no"])
            #expect(events.last?.at.milliseconds == 1500 && events.last?.began.milliseconds == 1000)
            #expect(events.last?.attempts == 2)
            let tables = try await client.rows(
                dialect == .mariadb
                    ? "SHOW TABLES" : "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            ).compactMap(\.first).compactMap(\.self).filter { $0.hasPrefix("MONITOR_") }.sorted()
            #expect(
                tables == [
                    "MONITOR_ALARM", "MONITOR_BREAKER", "MONITOR_CHECK", "MONITOR_CLAIM", "MONITOR_EVENT",
                    "MONITOR_HOLD",
                    "MONITOR_HOST", "MONITOR_SCHEMA",
                ])
            // The triggers are the new ones: a console's write of 'sound' raises nothing.
            try await client.run("UPDATE STATUS_PROCESS SET sound = 0 WHERE process_id = 1")
            #expect(try await store.poll().first?.revision == 1)
            try await client.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1")
            #expect(try await store.poll().first?.revision == 2)
        }
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `breakers, holds, claims and history of version 1 are kept`(backend: SQLScene.Backend) async throws {
        try await isUpgraded(try await OldDatabase.make(backend))
    }

    @Test(.needsMySQL) func `so they are on MySQL, also by one that goes on where another was killed`() async throws {
        let server = try await MariaDBServer.sharedMySQL
        try await isUpgraded(try await OldDatabase.make(.mariadb, on: server))
        try await isUpgraded(from: .mariadb, on: server, afterEach: 3)
    }

    @Test(.needsNewestMariaDB) func `so they are on the newest MariaDB`() async throws {
        try await isUpgraded(try await OldDatabase.make(.mariadb, on: MariaDBServer.sharedNewestMariaDB))
    }

    private func isUpgraded(_ old: OldDatabase) async throws {
        try await old.fill()
        let report = try await old.makeStore().initialize(addsIndex: false)
        #expect(report.first == "brought the tables of the monitor (MONITOR_…) to version 2")
        #expect(report.contains("dropped trigger MONITOR_ALARM_UPDATED of an older version"))
        try await old.expectUpgraded()
        #expect(try await old.makeStore().initialize(addsIndex: false).isEmpty)
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `a program that was killed between two steps is followed by one that goes on`(
        backend: SQLScene.Backend
    ) async throws {
        try await isUpgraded(from: backend)
    }

    /// - Parameter stride: after each so manieth step it is killed.
    private func isUpgraded(
        from backend: SQLScene.Backend, on server: MariaDBServer? = nil, afterEach stride: Int = 1
    ) async throws {
        let count = SchemaUpgrade.all[0].steps(backend == .mariadb ? .mariadb : .sqlite).count
        for done in Swift.stride(from: 1, through: count, by: stride) {
            let old = try await OldDatabase.make(backend, on: server)
            try await old.fill()
            let connection: any SQLConnection =
                backend == .mariadb
                ? try MariaDBConnection.connect(old.settings, password: nil)
                : try SQLiteConnection(path: "\(old.directory?.path ?? "")/old.db", queryTimeout: .seconds(5))
            let migrator = SchemaMigrator(connection)
            for step in SchemaUpgrade.all[0].steps(old.dialect).prefix(done) where try migrator.isDue(step.condition) {
                try connection.run(step.statement)
            }
            try await old.expectUpgraded()
        }
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `beside a daemon of version 1 that is alive nothing is touched, until it has stopped`(
        backend: SQLScene.Backend
    ) async throws {
        let old = try await OldDatabase.make(backend)
        let end = Timestamp.wallClock() + .seconds(60)
        try await old.client.run(
            "INSERT INTO MONITOR_DAEMON VALUES ('web1', 'a-1', 4711, '1.0', 'running', 1, 2, \(end.milliseconds))")
        let store = old.makeStore()
        for call in [
            { _ = try await store.open() }, { _ = try await store.initialize(addsIndex: false) },
        ] as [() async throws -> Void] {
            let error = try await #require(throws: StoreError.self) { try await call() }
            #expect(error.code == .schema)
            #expect(error.reason.contains("monitord 1.0 on host 'web1' (pid 4711) works on them: stop it"))
        }
        #expect(try await old.client.scalar("SELECT value FROM MONITOR_SCHEMA WHERE item = 'version'") == "1")
        try await old.client.run("UPDATE MONITOR_DAEMON SET state = 'stopped'")
        #expect(try await store.open().persistsState)
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `a program of version 1 that still runs can neither read nor write the tables`(
        backend: SQLScene.Backend
    ) async throws {
        let old = try await OldDatabase.make(backend)
        _ = try await old.makeStore().initialize(addsIndex: false)
        #expect(try await old.client.scalar("SELECT value FROM MONITOR_SCHEMA WHERE item = 'version'") == "2")
        for statement in [
            "SELECT in_flight_instance FROM MONITOR_BREAKER WHERE host = 'a'",
            "UPDATE MONITOR_BREAKER SET failures = 0 WHERE host = 'a'", "SELECT * FROM MONITOR_DAEMON",
            "DELETE FROM MONITOR_HISTORY WHERE host = 'a'",
        ] {
            let error = await #expect(throws: SQLError.self) { try await old.client.run(statement) }
            #expect(error?.code == .schema, "\(statement)")
        }
    }

    @Test func `an account that may not change tables of version 1 is told so, and serves nothing`() async throws {
        let database = try await MariaDBServer.shared.makeDatabase()
        try await database.runClient(script: RepositoryFile("Tests/Version1/mariadb.sql").path)
        let user = "old\(database.name)"
        try await database.makeUser(user, granting: ["SELECT, UPDATE ON \(database.name).*"])
        let error = try await #require(throws: StoreError.self) { _ = try await database.store(user: user).open() }
        #expect(error.code == .schema)
        #expect(error.reason.contains("are of version 1, this program needs version 2"))
        #expect(error.reason.contains("monitorctl init"))
    }
}
