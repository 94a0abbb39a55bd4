import MonitorCore
import MonitorStoreConformance
import TestSupport
import Testing

@testable import MonitorStore

/// Servers that take no writes, as a primary that was demoted.
@Suite(.needsMariaDB) struct MariaDBReadOnlyTests {
    private struct Pair {
        let demoted: MariaDBServer
        let primary: MariaDBServer
        var settings: DatabaseSettings

        /// Two servers with the same tables, the first of them read-only.
        init() async throws {
            demoted = try await Task.detached { try MariaDBServer(options: ["--read-only=1"]) }.value
            primary = try await Task.detached { try MariaDBServer() }.value
            settings = primary.settings(database: "shop", user: "monitor")
            settings.hosts = ["127.0.0.1:\(demoted.port)", "127.0.0.1:\(primary.port)"]
            // Of no use: each host has its own.
            settings.port = 1
            settings.tls = .disabled
            for server in [demoted, primary] {
                try server.sql("CREATE DATABASE shop")
                try server.sql("CREATE USER monitor@'127.0.0.1'")
                try server.sql("GRANT ALL ON shop.* TO monitor@'127.0.0.1'")
                for table in ["PROCESE", "STATUS_PROCESS"] {
                    try server.sql(Schema.applicationTable(table), in: "shop")
                }
                try server.sql("INSERT INTO PROCESE VALUES (1, 'httpd')", in: "shop")
            }
        }

        func store() -> any AlarmStore & ControlStore {
            makeStore(settings, host: "here", path: "", password: nil, historyRetention: .seconds(86400))
        }
    }

    @Test func `one is left for the next host, which serves its alarms`() async throws {
        let pair = try await Pair()
        let store = pair.store()
        let capabilities = try await store.open()
        #expect(capabilities.server.contains(":\(pair.primary.port)"), "\(capabilities.server)")
        try pair.primary.sql("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (1, 1)", in: "shop")
        let alarm = try #require(try await store.poll().first)
        #expect(try await store.claim(alarm.claimRequest()) == .claimed)
        #expect(try await store.complete(alarm.report()).alarm == .cleared)
    }

    @Test func `one that becomes so is left at the first write that it refuses`() async throws {
        let pair = try await Pair()
        try pair.demoted.sql("SET GLOBAL read_only = 0")
        let store = pair.store()
        #expect(try await store.open().server.contains(":\(pair.demoted.port)"))
        for server in [pair.demoted, pair.primary] {
            try server.sql("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (1, 1)", in: "shop")
        }
        try pair.demoted.sql("SET GLOBAL read_only = 1")
        let alarm = try #require(try await store.poll().first)
        let error = await #expect(throws: StoreError.self) { _ = try await store.claim(alarm.claimRequest()) }
        #expect(error?.code == .unwritable)
        #expect(try await store.claim(alarm.claimRequest()) == .claimed)
        #expect(try await store.complete(alarm.report()).alarm == .cleared)
        #expect(try pair.demoted.sql("SELECT alarma FROM STATUS_PROCESS", in: "shop") == [[.integer(1)]])
        #expect(try pair.primary.sql("SELECT alarma FROM STATUS_PROCESS", in: "shop") == [[.integer(0)]])
    }

    @Test func `where none takes writes the tool still reads`() async throws {
        let pair = try await Pair()
        try pair.primary.sql("SET GLOBAL read_only = 1")
        #expect(try await pair.store().processes(named: nil).map(\.name) == ["httpd"])
        let error = await #expect(throws: StoreError.self) { _ = try await pair.store().open() }
        #expect(error?.code == .unwritable)
    }
}
