import MonitorCore
import MonitorStore
import TestSupport
import Testing

@Suite(.needsMariaDB) struct SchemaMigratorTests {
    private static let tables = [
        "MONITOR_ALARM", "MONITOR_BREAKER", "MONITOR_CHECK", "MONITOR_CLAIM", "MONITOR_EVENT", "MONITOR_HOLD",
        "MONITOR_HOST",
        "MONITOR_SCHEMA",
    ]

    private func ownTables(_ scene: SQLScene) throws -> [String?] {
        let query =
            switch scene.settings.backend {
            case .mariadb: "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
            case .sqlite: "SELECT name FROM sqlite_master WHERE type = 'table'"
            }
        return try scene.sql(query).compactMap(\.first?.text).filter { $0.hasPrefix("MONITOR") }.sorted()
    }

    private func triggers(_ scene: SQLScene) throws -> Int {
        let query =
            switch scene.settings.backend {
            case .mariadb: "SELECT 1 FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
            case .sqlite: "SELECT 1 FROM sqlite_master WHERE type = 'trigger'"
            }
        return try scene.sql(query).count
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `ten programs that start at once create every table once, and all of them work`(
        backend: SQLScene.Backend
    ) async throws {
        let scene = try await SQLScene.make(backend)
        // Each waits for those before it, on a machine that may be busy.
        var patient = scene.settings
        patient.queryTimeout = .seconds(120)
        let settings = patient
        let capabilities = try await withThrowingTaskGroup(of: StoreCapabilities.self) { group in
            for number in 0..<10 {
                group.addTask {
                    let store = scene.makeStore(host: "host\(number)", settings: settings)
                    if number % 2 == 0 { _ = try await store.initialize(addsIndex: true) }
                    return try await store.open()
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(capabilities.count == 10)
        #expect(capabilities.allSatisfy { $0.persistsState && $0.countsRevisions && $0.remarks.isEmpty })
        #expect(try ownTables(scene) == Self.tables)
        #expect(try triggers(scene) == 2)
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `what is done is told once; the second time there is nothing to do`(backend: SQLScene.Backend) async throws {
        let scene = try await SQLScene.make(backend)
        let store = scene.makeStore(host: "here")
        #expect(
            try await store.initialize(addsIndex: true) == [
                "brought the tables of the monitor (MONITOR_…) to version 2", "created trigger MONITOR_ALARM_INSERT",
                "created trigger MONITOR_ALARM_UPDATE", "added index MONITOR_ALARMA on STATUS_PROCESS (alarma)",
            ])
        #expect(try await store.initialize(addsIndex: true).isEmpty)
        try scene.sql("DROP TRIGGER MONITOR_ALARM_UPDATE")
        #expect(try await store.initialize(addsIndex: false) == ["created trigger MONITOR_ALARM_UPDATE"])
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `what tables of this version lack is added in place, by the tool and by the daemon`(
        backend: SQLScene.Backend
    ) async throws {
        let scene = try await SQLScene.make(backend)
        _ = try await scene.makeStore(host: "here").initialize(addsIndex: true)
        func makeUnfinished() throws {
            try scene.sql("DROP TABLE MONITOR_CHECK")
            try scene.sql("ALTER TABLE MONITOR_ALARM DROP COLUMN source_revision")
        }
        try makeUnfinished()
        #expect(
            try await scene.makeStore(host: "here").initialize(addsIndex: true) == [
                "added table MONITOR_CHECK", "added column source_revision of MONITOR_ALARM",
            ])
        #expect(try await scene.makeStore(host: "here").initialize(addsIndex: true).isEmpty)
        try makeUnfinished()
        #expect(try await scene.makeStore(host: "here").open().persistsState)
        #expect(try ownTables(scene) == Self.tables)
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `a tool is told of a missing index, a daemon is not`(backend: SQLScene.Backend) async throws {
        let scene = try await SQLScene.make(backend)
        let store = scene.makeStore(host: "here")
        _ = try await store.initialize(addsIndex: false)
        #expect(try await store.survey().remarks.contains { $0.hasPrefix("no index on 'alarma'") })
        #expect(try await store.open().remarks.isEmpty)
        _ = try await store.initialize(addsIndex: true)
        #expect(try await store.survey().remarks.isEmpty)
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `a daemon creates again what somebody dropped`(backend: SQLScene.Backend) async throws {
        let scene = try await SQLScene.make(backend)
        let store = scene.makeStore(host: "here")
        _ = try await store.open()
        try scene.sql("DROP TRIGGER MONITOR_ALARM_INSERT")
        try scene.sql("DROP TABLE MONITOR_HOLD")
        try scene.sql("DELETE FROM MONITOR_SCHEMA")
        #expect(try await store.open().countsRevisions)
        #expect(try triggers(scene) == 2)
        #expect(try ownTables(scene) == Self.tables)
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `a table of ours that is gone in mid-run is an error with the remedy`(backend: SQLScene.Backend) async throws {
        let scene = try await SQLScene.make(backend)
        let store = scene.makeStore(host: "here")
        _ = try await store.open()
        try scene.sql("DROP TABLE MONITOR_BREAKER")
        let error = try await #require(throws: StoreError.self) { _ = try await store.poll() }
        #expect(error.code == .schema)
        #expect(error.reason.contains("'monitorctl init' creates the tables"))
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `tables of a newer program are refused, and left as they are`(backend: SQLScene.Backend) async throws {
        let scene = try await SQLScene.make(backend)
        let store = scene.makeStore(host: "here")
        _ = try await store.open()
        try scene.sql("UPDATE MONITOR_SCHEMA SET value = 99 WHERE item = 'version'")
        for call in [
            { _ = try await store.open() }, { _ = try await store.initialize(addsIndex: false) },
        ] as [() async throws -> Void] {
            let error = try await #require(throws: StoreError.self) { try await call() }
            #expect(error.code == .schema)
            #expect(error.reason.contains("version 99, this program knows version 2: install the newer program"))
        }
        #expect(try scene.sql("SELECT value FROM MONITOR_SCHEMA WHERE item = 'version'")[0][0] == .integer(99))
    }
}
