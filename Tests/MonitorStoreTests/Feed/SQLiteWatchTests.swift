import Glibc
import MonitorCore
import TestSupport
import Testing

@testable import MonitorStore

/// The change feed of an embedded database: its files.
@Suite struct SQLiteWatchTests {
    private let directory: TemporaryDirectory
    private var path: String { "\(directory.path)/monitor.db" }

    init() throws { directory = try TemporaryDirectory() }

    private func makeDatabase(_ path: String, mode: String = "WAL") async throws {
        let client = DatabaseClient(sqlite: path)
        try await client.rows("PRAGMA journal_mode = \(mode)")
        try await client.run("CREATE TABLE STATUS_PROCESS (process_id INTEGER PRIMARY KEY, alarma INTEGER)")
        try await client.run("INSERT INTO STATUS_PROCESS VALUES (1, 0)")
        await client.close()
    }

    private func follow() async throws -> Notices {
        let notices = Notices.following(file: path)
        try await notices.wait(for: "feed.opened")
        return notices
    }

    private func raise(in path: String) async throws {
        let client = DatabaseClient(sqlite: path)
        try await client.run("UPDATE STATUS_PROCESS SET alarma = 1 - alarma")
        await client.close()
    }

    @Test(arguments: ["WAL", "DELETE", "TRUNCATE", "PERSIST"])
    func `an alarm that somebody else commits is noticed`(mode: String) async throws {
        try await makeDatabase(path, mode: mode)
        let notices = try await follow()
        // A connection that stays open, as a daemon has one: then nothing but the log of the WAL is written.
        let client = DatabaseClient(sqlite: path)
        #expect(try await client.scalar("SELECT COUNT(*) FROM STATUS_PROCESS") == "1")
        for _ in 1...3 { try await notices.expectNotice(of: "an alarm") { try await raise(in: path) } }
        await client.close()
        await notices.end()
    }

    @Test func `a look at the database is no change of it, nor are other files beside it`() async throws {
        let store = directory.store()
        _ = try await store.initialize(addsIndex: true)
        _ = try await store.addProcess(ProcessName("a"), id: 1)
        _ = try await store.open()
        _ = try await store.poll()
        let watched = try WatchedDirectory(ofFile: path)
        for _ in 1...20 { _ = try await store.poll() }
        try await makeDatabase("\(directory.path)/other.db")
        var hasChanged = try watched.hasChanged()
        #expect(!hasChanged)
        try await raise(in: path)
        hasChanged = try watched.hasChanged()
        #expect(hasChanged)
        hasChanged = try watched.hasChanged()
        #expect(!hasChanged, "told once")
        await store.close()
    }

    @Test func `a file that takes the place of the database is noticed, and followed`() async throws {
        try await makeDatabase(path)
        try await makeDatabase("\(directory.path)/new.db", mode: "DELETE")
        let notices = try await follow()
        try await notices.expectNotice(of: "the replacement") { rename("\(directory.path)/new.db", path) }
        try await notices.expectNotice(of: "an alarm in it") { try await raise(in: path) }
        await notices.end()
    }

    @Test func `a database behind a symbolic link is followed`() async throws {
        let elsewhere = try TemporaryDirectory()
        try await makeDatabase("\(elsewhere.path)/real.db")
        symlink("\(elsewhere.path)/real.db", path)
        let notices = try await follow()
        try await notices.expectNotice(of: "an alarm") { try await raise(in: path) }
        await notices.end()
    }

    @Test func `a directory that goes and comes is waited for`() async throws {
        let place = "\(directory.path)/place"
        let notices = Notices.following(file: "\(place)/monitor.db")
        try await notices.wait(for: "feed.lost")
        mkdir(place, 0o700)
        try await notices.wait(for: "feed.opened")
        rename(place, "\(directory.path)/away")
        try await notices.wait(for: "feed.lost", times: 2)
        try await notices.expectNotice(of: "its return") { rename("\(directory.path)/away", place) }
        await notices.end()
    }
}
