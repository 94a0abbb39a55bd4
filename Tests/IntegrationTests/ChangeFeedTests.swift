import Foundation
import TestSupport
import Testing

/// What a user sees of the change feed: with `check_interval = 300`, alarms are served at once.
@Suite struct ChangeFeedTests {
    private let site: Site
    private let worker: String

    init() throws {
        site = try Site()
        worker = try site.makeWorker()
    }

    private func sections(_ names: [String]) -> String {
        names.map { site.section($0, worker: worker) }.joined()
    }

    /// Starts the daemon; returns when the feed is open.
    private func startedDaemon() async throws -> Program {
        let daemon = try site.monitord()
        try await eventually("the feed is open", in: daemon) { daemon.log.contains("feed.opened") }
        return daemon
    }

    private func end(_ daemon: Program) async throws {
        daemon.signal(SIGTERM)
        let started = ContinuousClock.now
        #expect(try await daemon.wait().status == 0)
        #expect(ContinuousClock.now - started < .seconds(20))
    }

    @Test(.needsMariaDB) func `an alarm that an application commits is served at once, and many in one transaction`()
        async throws
    {
        let database = try await MariaDBServer.shared.makeDatabase()
        let names = (1...5).map { "feed-\($0)" }
        try site.configure(
            database:
                "socket = \(database.server.socket)\nhost = localhost\nuser = root\ndatabase = \(database.name)",
            monitor: "check_interval = 300", sections(names))
        try await site.ctl("init")
        for name in names { try await site.ctl("process", "add", name) }
        let daemon = try await startedDaemon()
        func alarms() async throws -> String? {
            try await database.root.scalar("SELECT COUNT(*) FROM STATUS_PROCESS WHERE alarma = 1")
        }
        try await database.root.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1")
        try await eventually("it is cleared", in: daemon) { try await alarms() == "0" }
        #expect(site.pid(of: "feed-1") != nil)
        try await database.root.run([
            "START TRANSACTION", "UPDATE PROCESE SET process_name = process_name",
            "UPDATE STATUS_PROCESS SET alarma = 1, notes = 'down' WHERE process_id > 1", "COMMIT",
        ])
        try await eventually("all are cleared", in: daemon) { try await alarms() == "0" }
        #expect(names.allSatisfy { site.pid(of: $0) != nil })
        try await end(daemon)
        #expect(!daemon.log.contains("feed.lost"), "\(daemon.log)")
    }

    @Test func `an alarm in an embedded database is served at once`() async throws {
        try site.configure(monitor: "check_interval = 300", sections(["feed-file"]))
        try await site.ctl("init")
        try await site.ctl("process", "add", "feed-file")
        let daemon = try await startedDaemon()
        try site.sql("UPDATE STATUS_PROCESS SET alarma = 1")
        try await eventually("it is cleared", in: daemon) { try site.alarms().isEmpty }
        #expect(site.pid(of: "feed-file") != nil)
        try await end(daemon)
    }

    @Test func `without the feed nothing is followed, and polling goes on`() async throws {
        try site.configure(
            database: "backend = sqlite\nchange_feed = off", monitor: "check_interval = 1", sections(["feed-off"]))
        try await site.ctl("init")
        try await site.ctl("process", "add", "feed-off")
        let daemon = try site.monitord()
        try await eventually("it runs", in: daemon) { daemon.log.contains("store.opened") }
        try site.sql("UPDATE STATUS_PROCESS SET alarma = 1")
        try await eventually("it is cleared", in: daemon) { try site.alarms().isEmpty }
        try await end(daemon)
        #expect(!daemon.log.contains("feed."))
    }
}
