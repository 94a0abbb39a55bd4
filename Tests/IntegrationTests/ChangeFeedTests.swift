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
        try await servesAtOnce(on: MariaDBServer.shared)
    }

    @Test(.needsMySQL) func `so is one in MySQL`() async throws {
        try await servesAtOnce(on: MariaDBServer.sharedMySQL)
    }

    @Test(.needsNewestMariaDB) func `so is one in the newest MariaDB`() async throws {
        try await servesAtOnce(on: MariaDBServer.sharedNewestMariaDB)
    }

    private func servesAtOnce(on server: MariaDBServer) async throws {
        let database = try server.makeDatabase()
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

    @Test(.needsMariaDB) func `an alarm that is raised right after the server's return is served at once`() async throws
    {
        try await servesAfterReturn(of: MariaDBServer(options: ["--innodb-flush-log-at-trx-commit=1"]))
    }

    @Test(.needsMySQL) func `so is one right after MySQL's return`() async throws {
        try await servesAfterReturn(of: MariaDBServer(.mySQL, options: ["--innodb-flush-log-at-trx-commit=1"]))
    }

    private func servesAfterReturn(of server: MariaDBServer) async throws {
        let database = try server.makeDatabase()
        try site.configure(
            database: "socket = \(server.socket)\nhost = localhost\nuser = root\ndatabase = \(database.name)",
            monitor: "check_interval = 300", sections(["feed-back"]))
        try await site.ctl("init")
        try await site.ctl("process", "add", "feed-back")
        let daemon = try await startedDaemon()
        try server.kill()
        try server.start()
        try server.sql("UPDATE STATUS_PROCESS SET alarma = 1", in: database.name)
        try await eventually("it is cleared", within: 60, in: daemon) {
            try server.sql("SELECT alarma FROM STATUS_PROCESS", in: database.name).first?.first?.integer == 0
        }
        try await end(daemon)
    }

    @Test(.needsMariaDB) func `check tells whether alarms are seen at once, and what is in the way`() async throws {
        let database = try await MariaDBServer.shared.makeDatabase()
        _ = try await database.initializedStore()
        let user = "check_\(UInt32.random(in: 0 ... .max))"
        try await database.makeUser(user, granting: ["ALL ON \(database.name).*"])
        let settings =
            "socket = \(database.server.socket)\nhost = localhost\ndatabase = \(database.name)\nuser = \(user)"
        try site.configure(database: settings)
        let refused = try await site.ctl("check")
        #expect(refused.output.contains("REPLICATION SLAVE"), "\(refused.output)")
        #expect(refused.output.contains(/(?m)^note +change feed/), "\(refused.output)")
        // No daemon runs here, and that is all.
        #expect(refused.output.matches(of: /(?m)^error +(.*)/).allSatisfy { $0.1.hasPrefix("daemon ") })
        #expect(refused.status == 1)
        try site.configure(database: settings + "\nchange_feed = on")
        let wanted = try await site.ctl("check")
        #expect(wanted.output.contains(/(?m)^warning +change feed/), "\(wanted.output)")
        try await database.root.run("GRANT REPLICATION SLAVE ON *.* TO '\(user)'@'localhost'")
        let allowed = try await site.ctl("check")
        #expect(allowed.output.contains(/(?m)^ok +change feed/), "\(allowed.output)")
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
