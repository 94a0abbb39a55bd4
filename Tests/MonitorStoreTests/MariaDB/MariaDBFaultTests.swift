import MonitorCore
import MonitorStore
import TestSupport
import Testing

/// What happens to the store when something happens to its server: a real one, of this suite's own.
@Suite(.mariaDB, .serialized) struct MariaDBFaultTests {
    private static let serverTask = Task { try await MariaDBServer(["--max-connections=10"]) }

    private let server: MariaDBServer
    private let database: TestDatabase
    private let store: any AlarmStore & ControlStore
    private let alarm: Alarm

    init() async throws {
        server = try await Self.serverTask.value
        database = try await server.makeDatabase()
        store = database.store {
            $0.connectTimeout = .seconds(1)
            $0.queryTimeout = .seconds(2)
        }
        _ = try await store.initialize(addsIndex: false)
        _ = try await store.open()
        _ = try await store.addProcess(ProcessName("web"), id: 1)
        alarm = try await store.raise(1)
    }

    /// The error of a call that has to fail, and how long it took.
    private func failure(of call: () async throws -> Void) async throws -> (error: StoreError, after: Duration) {
        let started = ContinuousClock.now
        let error = try await #require(throws: StoreError.self) { try await call() }
        return (error, ContinuousClock.now - started)
    }

    /// A store that goes over the network, to these hosts in turn.
    private func networkStore(_ hosts: [String], port: UInt16) async throws -> any AlarmStore & ControlStore {
        try await database.root.run("CREATE USER IF NOT EXISTS 'tcp'@'127.0.0.1'")
        try await database.root.run("GRANT ALL ON \(database.name).* TO 'tcp'@'127.0.0.1'")
        return database.store(user: "tcp") {
            $0.hosts = hosts
            $0.port = port
            $0.connectTimeout = .milliseconds(700)
        }
    }

    /// All is as it should be after a fault: the alarm stands, is served, and is served once.
    private func expectNothingLost(served: RecoveryReport? = nil) async throws {
        #expect(try await store.poll().map(\.revision) == [alarm.revision])
        let report = served ?? .sample(of: alarm)
        #expect(try await store.finish(report).alarm == .cleared)
        #expect(try await store.poll().isEmpty)
        #expect(try await store.history(of: nil, limit: 10).count == 1)
    }

    @Test func `killed: every call says so at once, and works when it is back`() async throws {
        await server.kill()
        for _ in 1...2 {
            let (error, after) = try await failure { _ = try await store.poll() }
            #expect(error.code == .unreachable && error.isTransient)
            #expect(error.description.hasPrefix("cannot read the alarms: \(server.socket): "))
            #expect(after < .seconds(2))
        }
        try await server.start()
        try await expectNothingLost()
    }

    @Test func `restarted between two calls: nobody notices`() async throws {
        await server.stop()
        try await server.start()
        try await expectNothingLost()
        await server.stop()
        try await server.start()
        try await store.beat(.sample())
        await server.kill()
        try await server.start()
        #expect(try await store.poll().isEmpty)
    }

    @Test func `stopped in its tracks: the query timeout holds, for a poll, a report and a new connection`()
        async throws
    {
        let report = RecoveryReport.sample(of: alarm)
        try await server.whileStopped {
            for call in [
                { _ = try await store.finish(report) }, { _ = try await store.poll() },
            ] as [() async throws -> Void] {
                let (error, after) = try await failure(of: call)
                #expect(error.code == .timedOut && error.isTransient)
                #expect(after < .seconds(4))
            }
        }
        try await expectNothingLost(served: report)
    }

    @Test func `silent from the start: the next host is tried, and the error names each`() async throws {
        let silent = try LoopbackSocket(silentlyListeningOn: "127.0.0.2", port: server.port)
        defer { withExtendedLifetime(silent) {} }
        let open = try await networkStore(["127.0.0.2", "127.0.0.1"], port: server.port).open()
        #expect(open.server.hasSuffix(" at 127.0.0.1:\(server.port)"))
        let (error, after) = try await failure {
            _ = try await networkStore(["127.0.0.2", "127.0.0.3"], port: server.port).poll()
        }
        #expect(error.isTransient)
        #expect(
            error.description.contains("127.0.0.2:\(server.port): no answer within 1 s; 127.0.0.3:\(server.port): "))
        #expect(after < .seconds(5))
    }

    @Test func `read-only: polls go on, a write says why not`() async throws {
        let user = "writer\(database.name)"
        try await database.makeUser(user, granting: ["ALL ON \(database.name).*"])
        let store = database.store(user: user)
        try await database.root.run("SET GLOBAL read_only = 1")
        #expect(try await store.open().persistsState)
        #expect(try await store.poll().count == 1)
        let (error, _) = try await failure { _ = try await store.finish(.sample(of: alarm)) }
        #expect(error.code == .unwritable)
        #expect(error.description.contains("the server is read-only"))
        try await database.root.run("SET GLOBAL read_only = 0")
        try await expectNothingLost()
    }

    @Test func `wrong password: denied, and the password is not told`() async throws {
        try await database.root.run("CREATE USER IF NOT EXISTS 'locked'@'localhost' IDENTIFIED BY 'right'")
        let store = makeStore(
            database.settings(user: "locked"), host: "", path: "", password: Secret("s3cret-wrong"),
            historyRetention: .seconds(1))
        let (error, _) = try await failure { _ = try await store.open() }
        #expect(error.code == .denied && !error.isTransient)
        #expect(error.description.contains("password_file"))
        #expect(!"\(error) \(String(reflecting: error))".contains("s3cret"))
    }

    @Test func `an unknown database: said so, with the remedy`() async throws {
        let store = database.store { $0.database = "nowhere" }
        let (error, _) = try await failure { _ = try await store.open() }
        #expect(error.code == .schema)
        #expect(error.description.contains("CREATE DATABASE"))
    }

    @Test func `out of connections: said so, and over when one is free`() async throws {
        let user = "many\(database.name)"
        try await database.makeUser(user, granting: ["ALL ON \(database.name).*"])
        let others = (1...11).map { _ in DatabaseClient(database.settings(user: user), password: nil) }
        for other in others { try? await other.run("DO 1") }
        let store = database.store(user: user)
        let (error, _) = try await failure { _ = try await store.poll() }
        #expect(error.code == .unreachable && error.isTransient)
        #expect(error.description.contains("max_connections"))
        for other in others { await other.close() }
        #expect(try await store.poll().count == 1)
    }

    @Test(arguments: CuttingProxy.Cut.allCases)
    func `gone at the commit of an outcome: written again, it is written once`(cut: CuttingProxy.Cut) async throws {
        let proxy = try CuttingProxy(to: server.port)
        let store = try await networkStore(["127.0.0.1"], port: proxy.port)
        #expect(try await store.begin(alarm))
        proxy.cut(at: "COMMIT", cut)
        let report = RecoveryReport.sample(of: alarm)
        let (error, _) = try await failure { _ = try await store.finish(report) }
        #expect(error.code == .unreachable)
        #expect(try await store.finish(report) == FinishResult(alarm: .cleared, breakerApplied: true))
        #expect(try await store.poll().isEmpty)
        #expect(try await store.history(of: nil, limit: 10).count == 1)
        #expect(try await store.status(1).breaker == report.breaker)
    }

    @Test(arguments: CuttingProxy.Cut.allCases)
    func `gone at the beginning of a recovery: begun again, it is begun once`(cut: CuttingProxy.Cut) async throws {
        let proxy = try CuttingProxy(to: server.port)
        let store = try await networkStore(["127.0.0.1"], port: proxy.port)
        _ = try await store.poll()
        // The instance goes over the wire with the row, and nowhere else.
        proxy.cut(at: "instance-of-the-test", cut)
        let trial = CircuitBreaker(state: .halfOpen(deadline: .sample), generation: 1)
        let (error, _) = try await failure {
            _ = try await store.begin(alarm, breaker: trial, instance: "instance-of-the-test")
        }
        #expect(error.code == .unreachable)
        #expect(try await store.begin(alarm, breaker: trial, instance: "instance-of-the-test"))
        #expect(try await store.poll().map(\.breaker) == [trial])
    }

    @Test func `the connection killed by an administrator: the next call makes another`() async throws {
        let ids = try await database.root.rows(
            "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()")
        for id in ids { try await database.root.run("KILL \(id[0] ?? "")") }
        try await expectNothingLost()
    }

    @Test func `a lock held too long: busy within the query timeout's measure, nothing changed`() async throws {
        try await database.root.run(["BEGIN", "UPDATE STATUS_PROCESS SET sound = 1"])
        let (error, after) = try await failure { _ = try await store.finish(.sample(of: alarm)) }
        #expect(error.code == .busy && error.isTransient)
        #expect(after < .seconds(5))
        try await database.root.run("ROLLBACK")
        try await expectNothingLost()
    }

    @Test func `a deadlock of which we are the victim: tried again inside the call`() async throws {
        #expect(try await store.begin(alarm))
        let other = server.client(database: database.name)
        try await other.run(["CREATE TABLE ballast (id INT PRIMARY KEY)", "SET @monitor_quiet = 1", "BEGIN"])
        // With this much to undo, the server does not choose the other.
        try await other.rows("INSERT INTO ballast SELECT seq FROM seq_1_to_1000")
        try await other.rows("SELECT 1 FROM MONITOR_BREAKER FOR UPDATE")
        let deadlocks = "SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'"
        let before = try await database.root.rows(deadlocks)
        async let result = store.finish(.sample(of: alarm))
        let waiting = """
            SELECT COUNT(*) FROM information_schema.processlist \
            WHERE db = DATABASE() AND info LIKE 'UPDATE MONITOR_BREAKER%' AND time_ms > 20
            """
        while try await database.root.scalar(waiting) == "0" { try await Task.sleep(for: .milliseconds(5)) }
        try await other.run("UPDATE STATUS_PROCESS SET sound = 1")
        try await other.run("COMMIT")
        #expect(try await result == FinishResult(alarm: .cleared, breakerApplied: true))
        #expect(try await database.root.rows(deadlocks) != before)
    }

    @Test func `the tables dropped while we run: said so, and used again when they are back`() async throws {
        try await database.root.run("RENAME TABLE MONITOR_BREAKER TO elsewhere")
        let (error, _) = try await failure { _ = try await store.poll() }
        #expect(error.code == .schema)
        #expect(error.description.contains("monitorctl init"))
        try await database.root.run("RENAME TABLE elsewhere TO MONITOR_BREAKER")
        try await expectNothingLost()
    }
}
