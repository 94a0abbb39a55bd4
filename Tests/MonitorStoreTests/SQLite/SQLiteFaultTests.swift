import Glibc
import MonitorCore
import MonitorStore
import TestSupport
import Testing

@Suite struct SQLiteFaultTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func failure(of call: () async throws -> Void) async throws -> StoreError {
        try await #require(throws: StoreError.self) { try await call() }
    }

    private func mode(_ file: String) throws -> mode_t {
        var status = stat()
        try #require(stat("\(directory.path)/\(file)", &status) == 0)
        return status.st_mode & 0o777
    }

    @Test func `the files are for their owner alone, and directories are made`() async throws {
        let store = directory.store(file: "a/b/monitor.db")
        _ = try await store.open()
        _ = try await store.poll()
        for file in ["a/b/monitor.db", "a/b/monitor.db-wal", "a/b/monitor.db-shm"] {
            #expect(try mode(file) == 0o600, "\(file)")
        }
        #expect(try mode("a") == 0o700)
        #expect(try mode("a/b") == 0o700)
    }

    @Test func `locked by another program: busy within the query timeout, and over when it is free`() async throws {
        let store = directory.store(queryTimeout: .milliseconds(300))
        _ = try await store.open()
        let alarm = try await store.addAlarm("web")
        let other = DatabaseClient(sqlite: "\(directory.path)/monitor.db")
        try await other.run("BEGIN EXCLUSIVE")
        let started = ContinuousClock.now
        let error = try await failure { _ = try await store.finish(.sample(of: alarm)) }
        #expect(ContinuousClock.now - started < .seconds(3))
        #expect(error.code == .busy && error.isTransient)
        #expect(try await store.poll().count == 1, "a reader does not wait for a writer")
        try await other.run("COMMIT")
        #expect(try await store.finish(.sample(of: alarm)).alarm == .cleared)
    }

    @Test func `no database: said so, with the remedy`() async throws {
        try directory.write(String(repeating: "not a database. ", count: 500), to: "monitor.db")
        let error = try await failure { _ = try await directory.store().open() }
        #expect(error.code == .unwritable && !error.isTransient)
        #expect(error.description.hasPrefix("cannot open the database: the file is damaged or no database"))
        #expect(error.description.contains("move it away"))
    }

    @Test func `damaged while it is used: said so, and nothing else happens`() async throws {
        let store = directory.store()
        _ = try await store.open()
        _ = try await store.addAlarm("web")
        await store.close()
        try directory.write(String(repeating: "x", count: 100_000), to: "monitor.db")
        let error = try await failure { _ = try await store.poll() }
        #expect(error.code == .unwritable)
    }

    @Test(arguments: [
        ("/proc/nowhere/monitor.db", "cannot create directory '/proc/nowhere'"),
        ("/dev/null/monitor.db", "cannot open '/dev/null/monitor.db'"),
        ("/sys/monitor.db", "cannot open '/sys/monitor.db'"), ("/tmp", "cannot open '/tmp'"),
    ])
    func `a place where no file can be: said which`(path: String, reason: String) async throws {
        var settings = DatabaseSettings()
        settings.backend = .sqlite
        let store = makeStore(settings, host: "", path: path, password: nil, historyRetention: .seconds(1))
        let error = try await failure { _ = try await store.open() }
        #expect(error.description.hasPrefix("cannot open the database: \(reason): "))
    }

    @Test func `removed and made anew by somebody else: we go over to the new file`() async throws {
        let store = directory.store()
        _ = try await store.open()
        _ = try await store.addAlarm("web")
        for suffix in ["", "-wal", "-shm"] { unlink("\(directory.path)/monitor.db\(suffix)") }
        let tool = directory.store()
        _ = try await tool.initialize(addsIndex: true)
        _ = try await tool.addProcess(ProcessName("new"), id: 7)
        try await tool.setAlarm([7], note: nil)
        #expect(try await store.poll().map(\.name) == ["new"])
    }

    @Test(.integration(with: "a file system to fill (root makes it)", isAvailable: getuid() == 0))
    func `a full disk: said so, nothing is lost, and it goes on when there is room`() async throws {
        let mount = try SmallFileSystem(megabytes: 1)
        var settings = DatabaseSettings()
        settings.backend = .sqlite
        let store = makeStore(
            settings, host: "h", path: "\(mount.path)/monitor.db", password: nil, historyRetention: .seconds(86400))
        _ = try await store.open()
        let alarm = try await store.addAlarm("web")
        try mount.fill()
        var reports = (1...1000).lazy.map { number in
            RecoveryReport.sample(
                of: alarm, id: "one-\(number)", .failed, clears: false, breaker: nil,
                detail: String(repeating: "x", count: 2000))
        }.makeIterator()
        var refused: RecoveryReport?
        var written = 0
        while refused == nil, let report = reports.next() {
            do {
                _ = try await store.finish(report)
                written += 1
            } catch {
                #expect(error.code == .unwritable, "\(error)")
                refused = report
            }
        }
        let pending = try #require(refused)
        #expect(try await store.poll().map(\.revision) == [alarm.revision])
        try mount.empty()
        #expect(try await store.finish(pending).alarm == .untouched)
        #expect(try await store.history(of: nil, limit: 2000).count == written + 1)
    }
}
