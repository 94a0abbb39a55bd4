import Glibc
import MonitorCore
import MonitorStore
import MonitorStoreConformance
import TestSupport
import Testing

/// What the embedded store says and loses when its file is in trouble.
@Suite struct SQLiteFaultTests {
    private func settings(_ scene: SQLScene) -> DatabaseSettings {
        var settings = scene.settings
        settings.queryTimeout = .milliseconds(200)
        return settings
    }

    @Test func `locked by another program for too long, it says so, and loses nothing`() async throws {
        let scene = try await SQLScene.make(.sqlite)
        let store = scene.makeStore(host: "here", settings: settings(scene))
        _ = try await store.open()
        let alarm = try await store.raise(1)
        let other = try scene.connection()
        try other.run("BEGIN IMMEDIATE")
        let started = ContinuousClock.now
        let error = try await #require(throws: StoreError.self) { _ = try await store.complete(alarm.report()) }
        #expect(error.code == .busy)
        #expect(error.reason.contains("another program holds the lock"))
        #expect(ContinuousClock.now - started < .seconds(5))
        #expect(try await store.poll().count == 1, "reading goes on meanwhile")
        try other.run("COMMIT")
        #expect(try await store.complete(alarm.report()).alarm == .cleared)
    }

    @Test func `a file that is no database is refused with the remedy, and left as it is`() async throws {
        let scene = try await SQLScene.make(.sqlite)
        let path = try #require(scene.settings.path)
        let garbage = String(repeating: "this is no database ", count: 500)
        try overwrite(path, with: garbage)
        let error = try await #require(throws: StoreError.self) { _ = try await scene.makeStore(host: "here").open() }
        #expect(error.code == .unwritable)
        #expect(error.reason.contains("move it away and run 'monitorctl init'"))
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: garbage.utf8.count + 1)
        #expect(read(descriptor, &bytes, bytes.count) == garbage.utf8.count)
        #expect(bytes.starts(with: garbage.utf8))
    }

    @Test func `a file that breaks in mid-run is an error at each call, and no crash`() async throws {
        let scene = try await SQLScene.make(.sqlite)
        let store = scene.makeStore(host: "here")
        _ = try await store.open()
        for number in 10..<300 { _ = try await store.addProcess(ProcessName("p\(number)"), id: Int64(number)) }
        await store.close()
        let path = try #require(scene.settings.path)
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        let noise = (0..<8192).map { _ in UInt8.random(in: 1...255) }
        #expect(pwrite(descriptor, noise, noise.count, 4096) == noise.count)
        close(descriptor)
        for _ in 0..<3 {
            let error = try await #require(throws: StoreError.self) {
                _ = try await store.poll()
                _ = try await store.processes(named: nil)
                _ = try await store.addProcess(ProcessName("late"), id: nil)
            }
            #expect(error.code == .unwritable, "\(error)")
        }
    }

    @Test(.needsOrdinaryUser) func `a directory that may not be written is refused with its name`() async throws {
        let scene = try await SQLScene.make(.sqlite)
        let path = try #require(scene.settings.path)
        let directory = String(path.prefix(upTo: try #require(path.lastIndex(of: "/"))))
        chmod(directory, 0o500)
        defer { chmod(directory, 0o700) }
        var settings = scene.settings
        settings.path = "\(directory)/new/monitor.db"
        let error = try await #require(throws: StoreError.self) {
            _ = try await scene.makeStore(host: "here", settings: settings).open()
        }
        #expect(error.code == .denied)
        #expect(error.reason.contains("cannot create directory '\(directory)/new': Permission denied"))
    }

    @Test(arguments: [
        ("/proc/nowhere/monitor.db", "cannot create directory '/proc/nowhere'"),
        ("/dev/null/monitor.db", "cannot open '/dev/null/monitor.db'"),
        ("/sys/monitor.db", "cannot open '/sys/monitor.db'"), ("/tmp", "cannot open '/tmp'"),
    ])
    func `a place where no file can be is refused with its name`(path: String, reason: String) async throws {
        let store = makeStore(DatabaseSettings(), host: "here", path: path, password: nil, historyRetention: .zero)
        let error = try await #require(throws: StoreError.self) { _ = try await store.open() }
        #expect(error.description.hasPrefix("cannot open the database: \(reason): "))
    }

    @Test func `removed and made anew by somebody else, the new file is used`() async throws {
        let directory = try TemporaryDirectory()
        let store = directory.store()
        _ = try await store.open()
        for suffix in ["", "-wal", "-shm"] { unlink("\(directory.path)/monitor.db\(suffix)") }
        let tool = directory.store()
        _ = try await tool.initialize(addsIndex: true)
        _ = try await tool.addProcess(ProcessName("new"), id: 7)
        try await tool.raise([7], .act(of: "ann", note: nil))
        #expect(try await store.poll().map(\.name) == ["new"])
    }

    @Test func `a file that goes is missed until it is back, and none is made in its place`() async throws {
        let directory = try TemporaryDirectory()
        let (file, away) = ("\(directory.path)/monitor.db", "\(directory.path)/away.db")
        let store = directory.store()
        _ = try await store.open()
        _ = try await store.addProcess(ProcessName("web"), id: 1)
        try await store.raise([1], .act(of: "ann", note: nil))
        await store.close()
        #expect(rename(file, away) == 0)
        let error = try await #require(throws: StoreError.self) { _ = try await store.poll() }
        #expect(error.code == .unreachable)
        #expect(error.reason == "'\(file)' is gone; put it back, or make a new one with 'monitorctl init'")
        #expect(access(file, F_OK) != 0)
        #expect(rename(away, file) == 0)
        #expect(try await store.poll().map(\.name) == ["web"])
    }

    @Test func `the file is made for its owner alone, with the directories above it`() async throws {
        let scene = try await SQLScene.make(.sqlite)
        let path = try #require(scene.settings.path) + ".d/deep/monitor.db"
        var settings = scene.settings
        settings.path = path
        let store = scene.makeStore(host: "here", settings: settings)
        _ = try await store.open()
        for suffix in ["", "-wal", "-shm"] {
            var status = stat()
            #expect(stat(path + suffix, &status) == 0 && status.st_mode & 0o777 == 0o600, "\(suffix)")
        }
        // The files beside the first one go with the last connection.
        await store.close()
    }

    @Test(.needsMount) func `on a full disk nothing is lost, and the outcome is written when there is room`()
        async throws
    {
        let scene = try await SQLScene.make(.sqlite)
        let disk = try SmallDisk(megabytes: 1)
        var settings = scene.settings
        settings.path = "\(disk.path)/monitor.db"
        let store = scene.makeStore(host: "here", settings: settings)
        _ = try await store.open()
        _ = try await store.addProcess(ProcessName("web"), id: 1)
        let alarm = try await store.raise(1)
        try disk.fill()
        var number = 0
        let error = try await #require(throws: StoreError.self) {
            while number < 10_000 {
                number += 1
                _ = try await store.complete(alarm.report("fill-\(number)", outcome: .failed))
            }
        }
        #expect(error.code == .unwritable, "\(error)")
        #expect(try await store.poll().map(\.processID) == [1])
        #expect(try await store.events(EventQuery(kinds: [.failed], limit: 20_000)).count == number - 1)
        disk.empty()
        let last = try #require(try await store.poll().first)
        #expect(try await store.complete(last.report("last")).alarm == .cleared)
    }

    private func overwrite(_ path: String, with text: String) throws {
        for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
        let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
        defer { close(descriptor) }
        try #require(write(descriptor, text, text.utf8.count) == text.utf8.count)
    }
}
