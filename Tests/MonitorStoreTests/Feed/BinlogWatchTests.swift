import Glibc
import MonitorCore
import MonitorStore
import MonitorStoreConformance
import TestSupport
import Testing

/// The change feed of a server, and all that can happen to it.
///
/// On a server of its own, one test at a time: some do something to the server.
@Suite(.needsMariaDB, .serialized) struct BinlogWatchTests {
    private static let server = Task.detached { try MariaDBServer() }

    private let server: MariaDBServer
    private let scene: SQLScene

    init() async throws {
        server = try await Self.server.value
        scene = try await SQLScene.make(.mariadb, on: server)
    }

    /// Follows the scene's server; returns when the log is open, and the notice of that was given.
    private func follow(_ settings: DatabaseSettings? = nil) async throws -> Notices {
        let notices = Notices.following(settings ?? scene.settings)
        try await notices.wait(for: "feed.opened")
        // Which it gives behind its word.
        try await notices.wait(forNotices: 1)
        return notices
    }

    private func expectNotice(_ notices: Notices, of what: String) async throws {
        try scene.clear(1)
        try await notices.expectNotice(of: what) { try scene.raise(1, note: nil) }
    }

    @Test func `an alarm that somebody else commits is noticed`() async throws {
        let notices = try await follow()
        #expect(notices.count == 1, "the beginning")
        try await expectNotice(notices, of: "an alarm")
        await notices.end()
    }

    @Test func `the log may be rotated`() async throws {
        let notices = try await follow()
        for _ in 1...3 { try server.sql("FLUSH BINARY LOGS") }
        try await expectNotice(notices, of: "an alarm in another file")
        #expect(notices.records("feed.lost").isEmpty)
        await notices.end()
    }

    @Test func `the kind of checksum may change`() async throws {
        for kind in ["NONE", "CRC32"] {
            let notices = try await follow()
            try server.sql("SET GLOBAL binlog_checksum = \(kind)")
            try await expectNotice(notices, of: "an alarm with \(kind)")
            await notices.end()
            let next = try await follow()
            try scene.clear(1)
            try await next.expectNotice(of: "an alarm with \(kind) from the beginning") {
                try scene.raise(1, note: nil)
            }
            await next.end()
        }
    }

    @Test func `several daemons each have a notice`() async throws {
        let first = try await follow()
        let second = try await follow()
        let (firstCount, secondCount) = (first.count, second.count)
        for id in 1...3 { try scene.raise(Int64(id), note: nil) }
        try await first.wait(forNotices: firstCount + 3)
        try await second.wait(forNotices: secondCount + 3)
        #expect(first.records("feed.lost").isEmpty, "one ended the other")
        await first.end()
        await second.end()
    }

    @Test func `a server that dies is followed again when it is back, from a look on`() async throws {
        let notices = try await follow()
        try server.kill()
        try await notices.wait(for: "feed.lost")
        try await notices.expectNotice(of: "the return") { try server.start() }
        try await notices.wait(for: "feed.opened", times: 2)
        try await expectNotice(notices, of: "an alarm after the return")
        try server.stop()
        try await notices.wait(for: "feed.lost", times: 2)
        try server.start()
        try await notices.wait(for: "feed.opened", times: 3)
        await notices.end()
    }

    @Test func `a server that falls silent is given up, and followed again when it speaks`() async throws {
        let notices = try await follow()
        try server.suspend()
        do { try await notices.wait(for: "feed.lost") } catch {
            try server.resume()
            throw error
        }
        #expect("\(notices.records("feed.lost")[0].fields)".contains("no answer within"))
        try server.resume()
        try await notices.wait(for: "feed.opened", times: 2)
        try await expectNotice(notices, of: "an alarm")
        await notices.end()
    }

    @Test func `a quiet server is not taken for a silent one`() async throws {
        let notices = try await follow()
        try await Task.sleep(for: .seconds(6))
        #expect(notices.log.count == 1, "\(notices.log)")
        #expect(notices.count == 1)
        await notices.end()
    }

    @Test func `an end is not waited for, whatever the server does`() async throws {
        let notices = try await follow()
        let started = ContinuousClock.now
        await notices.end()
        let suspended = try await follow()
        try server.suspend()
        await suspended.end()
        // Connecting: the kernel takes the connection, and nobody answers.
        let connecting = Notices.following(scene.settings)
        try await Task.sleep(for: .milliseconds(100))
        await connecting.end()
        try server.resume()
        #expect(ContinuousClock.now - started < .seconds(20), "less than the connect timeouts together")
    }

    @Test func `rows of any size are taken, and their memory is given back when nothing happens`() async throws {
        try server.sql("SET GLOBAL max_allowed_packet = 1 << 30")
        try scene.sql("CREATE TABLE big (id INT PRIMARY KEY AUTO_INCREMENT, value LONGBLOB)")
        let notices = try await follow()
        try scene.sql("INSERT INTO big (value) VALUES (REPEAT('x', 4000000))")
        try await expectNotice(notices, of: "an alarm after much data")
        try await notices.expectNotice(of: "the new beginning") {}
        #expect(notices.records("feed.lost").isEmpty)
        // Longer than it takes: the connection ends, and the next one begins behind it.
        try scene.sql("INSERT INTO big (value) VALUES (REPEAT('x', 40000000))")
        try await notices.wait(for: "feed.opened", times: 2)
        try await expectNotice(notices, of: "an alarm after more data")
        await notices.end()
    }

    @Test func `without the privilege it says so once, with the remedy, and begins when that is there`() async throws {
        try server.sql("CREATE OR REPLACE USER reader@localhost")
        try server.sql("GRANT SELECT ON \(scene.settings.database).* TO reader@localhost")
        var settings = scene.settings
        settings.user = "reader"
        let notices = Notices.following(settings)
        let demanding = Notices.following(settings, isDemanded: true)
        for (notices, level) in [(notices, "info"), (demanding, "warning")] {
            try await notices.wait(for: "feed.unavailable")
            let record = notices.records("feed.unavailable")[0]
            #expect("\(record.level)" == level)
            #expect("\(record.fields)".contains("GRANT \(Grants.feed) ON *.* TO 'reader'@'localhost'"), "\(record)")
        }
        try await Task.sleep(for: .seconds(1))
        #expect(notices.log.count == 1, "\(notices.log)")
        try server.sql("GRANT \(Grants.feed) ON *.* TO reader@localhost")
        try await notices.wait(for: "feed.opened")
        try await expectNotice(notices, of: "an alarm")
        await notices.end()
        await demanding.end()
    }

    @Test func `without a binary log it says so`() async throws {
        let plain = try MariaDBServer(options: ["--skip-log-bin"])
        let scene = try await SQLScene.make(.mariadb, on: plain)
        let notices = Notices.following(scene.settings)
        try await notices.wait(for: "feed.unavailable")
        #expect("\(notices.log)".contains("the server writes no binary log"))
        await notices.end()
    }

    @Test func `a server that logs statements is followed, with a word on what is not seen`() async throws {
        try server.sql("SET GLOBAL binlog_format = STATEMENT")
        defer { _ = try? server.sql("SET GLOBAL binlog_format = ROW") }
        let notices = try await follow()
        #expect("\(notices.records("feed.remark"))".contains("binlog_format=ROW"))
        try await expectNotice(notices, of: "a statement")
        await notices.end()
    }

    @Test func `tables that are made later are followed then`() async throws {
        try scene.sql("DROP TABLE STATUS_PROCESS")
        let notices = Notices.following(scene.settings)
        try await notices.wait(for: "feed.lost")
        try scene.sql("CREATE TABLE STATUS_PROCESS (process_id INT PRIMARY KEY, alarma INT NOT NULL DEFAULT 0)")
        try await notices.wait(for: "feed.opened")
        try await notices.expectNotice(of: "an alarm") { try scene.sql("INSERT INTO STATUS_PROCESS VALUES (1, 1)") }
        await notices.end()
    }
}
