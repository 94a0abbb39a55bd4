import MonitorCore
import MonitorStore
import MonitorStoreConformance
import TestSupport
import Testing

/// What a store says and loses when its server fails: the truth, and nothing.
///
/// On a server of its own, one test at a time: each does something to the server.
@Suite(.needsMariaDB, .serialized) struct MariaDBFaultTests {
    private static let server = Task.detached { try MariaDBServer() }

    private let server: MariaDBServer
    private let scene: SQLScene
    private let store: any AlarmStore & ControlStore
    /// An account without the privileges that set an administrator above limits.
    private static let user = "monitor"

    init() async throws {
        server = try await Self.server.value
        scene = try await SQLScene.make(.mariadb, on: server)
        try server.sql("CREATE OR REPLACE USER \(Self.user) IDENTIFIED BY 'secret-word'")
        _ = try await scene.makeStore(host: "here").initialize(addsIndex: true)
        for grant in Grants.application + Grants.state {
            try server.sql(grant.statement(database: scene.settings.database, account: Self.user))
        }
        store = scene.makeStore(
            host: "here", settings: Self.settings(of: scene), password: Secret("secret-word"))
        let capabilities = try await store.open()
        try #require(capabilities.countsRevisions && capabilities.persistsState)
    }

    private static func settings(of scene: SQLScene) -> DatabaseSettings {
        var settings = scene.settings
        settings.user = user
        settings.queryTimeout = .seconds(2)
        settings.connectTimeout = .seconds(1)
        return settings
    }

    /// The error of a call that has to fail, within the time that the settings allow.
    private func failure(_ call: () async throws -> Void) async throws -> StoreError {
        let started = ContinuousClock.now
        let error = try await #require(throws: StoreError.self) { try await call() }
        #expect(ContinuousClock.now - started < .seconds(5))
        #expect(!error.description.contains("secret-word"))
        return error
    }

    /// Disturbs the server while an outcome is to be written, mends it, and writes the outcome.
    private func keepsOutcome(
        code: StoreError.Code, disturb: () throws -> Void, mend: () throws -> Void
    ) async throws {
        try scene.raise(1, note: nil)
        let alarm = try #require(try await store.poll().first)
        #expect(try await store.claim(alarm.claimRequest()) == .claimed)
        let report = alarm.report()
        try disturb()
        let error = try await failure { _ = try await store.complete(report) }
        #expect(error.code == code, "\(error)")
        try mend()
        #expect(try await store.complete(report) == CompletionResult(alarm: .cleared, breakerApplied: true))
        #expect(try scene.row(1) == StatusRow(alarm: false, notes: "recovered"))
        #expect(try await store.history(of: nil, limit: 10).count == 1)
        #expect(try await store.status(1).claim == nil)
    }

    @Test func `killed`() async throws {
        try await keepsOutcome(code: .unreachable, disturb: server.kill, mend: server.start)
    }

    @Test func `stopped by its administrator`() async throws {
        try await keepsOutcome(code: .unreachable, disturb: server.stop, mend: server.start)
    }

    @Test func `connected and silent`() async throws {
        try await keepsOutcome(code: .timedOut, disturb: server.suspend, mend: server.resume)
    }

    @Test func `silent to a new connection`() async throws {
        await store.close()
        try server.suspend()
        let error = try await failure { _ = try await store.open() }
        #expect(error.code == .timedOut, "\(error)")
        try server.resume()
        #expect(try await store.open().persistsState)
    }

    @Test func `restarted between two calls, it is not noticed`() async throws {
        try scene.raise(1, note: nil)
        let alarm = try #require(try await store.poll().first)
        try server.kill()
        try server.start()
        #expect(try await store.complete(alarm.report()).alarm == .cleared)
    }

    @Test func `read-only`() async throws {
        try await keepsOutcome(
            code: .unwritable, disturb: { try server.sql("SET GLOBAL read_only = 1") },
            mend: { try server.sql("SET GLOBAL read_only = 0") })
    }

    @Test func `a row locked by another program, for too long`() async throws {
        let other = try scene.connection()
        try await keepsOutcome(
            code: .busy,
            disturb: {
                try other.run("START TRANSACTION")
                try other.run("UPDATE MONITOR_BREAKER SET failures = 5")
            }, mend: { try other.run("ROLLBACK") })
    }

    @Test func `out of connections`() async throws {
        await store.close()
        // Connected before: the one place that is kept for an administrator may be taken by a refusal under way.
        let administrator = try server.connection()
        try administrator.run("SET GLOBAL max_connections = 10")
        let others = (0..<20).map { _ in
            try? MariaDBConnection.connect(Self.settings(of: scene), password: Secret("secret-word"))
        }
        let error = try await failure { _ = try await store.poll() }
        #expect(error.code == .unreachable)
        #expect(error.reason.contains("see max_connections"))
        withExtendedLifetime(others) {}
        try administrator.run("SET GLOBAL max_connections = 200")
        #expect(try await store.poll().isEmpty)
    }

    @Test func `a wrong password`() async throws {
        let store = scene.makeStore(
            host: "here", settings: Self.settings(of: scene), password: Secret("secret-word-2"))
        let error = try await failure { _ = try await store.open() }
        #expect(error.code == .denied)
        #expect(error.reason.contains("check user, password and password_file"))
    }

    @Test func `a deadlock, of which this one is the victim`() async throws {
        let observer = StatementObserver()
        let store = try await scene.observedStore(observer)
        let alarm = try await store.raise(1)
        #expect(try await store.claim(alarm.claimRequest()) == .claimed)
        let other = try scene.connection()
        try other.run("START TRANSACTION")
        // The server gives up the transaction that has changed less.
        for number in 0..<50 {
            try other.run("INSERT INTO MONITOR_SCHEMA VALUES ('deadlock \(number)', 1)")
        }
        try other.run("UPDATE MONITOR_BREAKER SET failures = 5")
        async let result = store.complete(alarm.report())
        while !observer.statements.contains(where: { $0.hasPrefix("UPDATE MONITOR_BREAKER") }) { await Task.yield() }
        try other.run("UPDATE STATUS_PROCESS SET sound = 1 WHERE process_id = 1")
        try other.run("ROLLBACK")
        #expect(try await result == CompletionResult(alarm: .cleared, breakerApplied: true))
        #expect(observer.statements.filter { $0.hasPrefix("UPDATE MONITOR_BREAKER") }.count > 1)
    }

    @Test func `privileges on the monitor's tables taken away, it goes on in memory and says so`() async throws {
        try scene.raise(1, note: nil)
        let alarm = try #require(try await store.poll().first)
        let database = scene.settings.database
        for grant in Grants.state {
            try server.sql("REVOKE ALL ON \(database).\(grant.table) FROM \(Self.user)")
        }
        let error = try await failure { _ = try await store.claim(alarm.claimRequest()) }
        #expect(error.code == .denied)
        #expect(error.reason.contains("GRANT SELECT, INSERT, UPDATE ON `\(database)`.`MONITOR_BREAKER`"))
        let capabilities = try await store.open()
        #expect(!capabilities.persistsState && capabilities.remarks.count == 1)
        let now = try #require(try await store.poll().first)
        #expect(try await store.claim(now.claimRequest()) == .claimed)
        #expect(try await store.complete(now.report()).alarm == .cleared)
    }
}
