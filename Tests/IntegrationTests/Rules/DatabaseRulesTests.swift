import Foundation
import MonitorCore
import MonitorStore
import TestSupport
import Testing

/// What the real programs do where the database is not as it should be: locked, read-only, refusing, silent.
@Suite(.needsMariaDB, .serialized) struct DatabaseRulesTests {
    typealias Place = RulesScene.Place

    // MARK: - Rows that are locked

    @Test(arguments: [1, 8, 16])
    func `rows that an application keeps locked hold up no other process, no poll and no watchdog`(locked: Int)
        async throws
    {
        let scene = try await RulesScene(Place(isServer: true, hasFeed: true), processes: locked + 1)
        defer { scene.end() }
        try await scene.begin(monitor: "check_interval = 500ms\nmax_concurrent_restarts = 16")
        let socket = try NotifySocket(at: scene.site.path("notify"))
        defer { socket.end() }
        try await scene.startDaemon(environment: socket.environment(watchdog: .seconds(4)))
        try await scene.logs("store.opened")
        // Suspended, so that it sees the alarms when their rows are locked already.
        scene.daemon?.signal(SIGSTOP)
        for id in 1...locked { try scene.raise(id) }
        let application = try scene.database.connection()
        try application.run("START TRANSACTION")
        // One by one: a range would lock the row behind it, too.
        for id in 1...locked { try application.run("UPDATE STATUS_PROCESS SET sound = 1 WHERE process_id = \(id)") }
        scene.daemon?.signal(SIGCONT)
        let started = ContinuousClock.now
        for _ in 1...3 {
            try scene.raise(locked + 1)
            try await eventually("the free one is served", within: 12, in: scene.daemon) {
                try !scene.isInAlarm(locked + 1)
            }
        }
        try await scene.logs("store.kept")
        #expect(socket.longestSilence(since: started) < .seconds(30))
        try application.run("ROLLBACK")
        try await eventually("the others are cleared", within: 60, in: scene.daemon) {
            try (1...locked).allSatisfy { try !scene.isInAlarm($0) }
        }
        #expect((1...locked).allSatisfy { scene.starts(scene.names[$0 - 1]).count == 1 }, "none was started twice")
    }

    // MARK: - A server that is silent

    @Test func `a server that is silent for longer than the watchdog waits has no sign of life left out`() async throws
    {
        let server = try MariaDBServer()
        let database = try server.makeDatabase()
        let site = try Site()
        let worker = try site.makeWorker()
        try site.configure(
            database: """
                socket = \(server.socket)
                host = localhost
                user = root
                database = \(database.name)
                query_timeout = 300
                """,
            site.section("frozen", worker: worker))
        try await site.ctl("init")
        try await site.ctl("process", "add", "frozen")
        let socket = try NotifySocket(at: site.path("notify"))
        defer { socket.end() }
        let daemon = try Program(
            "monitord", ["--config", site.configuration],
            environment: site.environment.merging(socket.environment(watchdog: .seconds(20))) { $1 })
        try await eventually("it works", in: daemon) { daemon.log.contains("store.opened") }
        try server.suspend()
        let started = ContinuousClock.now
        // The unit's WatchdogSec is 60.
        try await Task.sleep(for: .seconds(85))
        let silence = socket.longestSilence(since: started)
        try server.resume()
        #expect(silence < .seconds(40), "\(silence)")
        try server.sql("UPDATE STATUS_PROCESS SET alarma = 1", in: database.name)
        try await eventually("the alarm is served", in: daemon) {
            try server.sql("SELECT alarma FROM STATUS_PROCESS", in: database.name).first?.first?.integer == 0
        }
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }

    // MARK: - Servers that take no writes

    @Test func `a read-only server that is first in 'host' is left, and the alarm on the other served`() async throws {
        let (demoted, primary) = (try MariaDBServer(), try MariaDBServer())
        let site = try Site()
        let worker = try site.makeWorker()
        for server in [demoted, primary] {
            try server.sql("CREATE DATABASE shop")
            try server.sql("CREATE USER shop@'127.0.0.1' IDENTIFIED BY 'secret'")
            try server.sql("GRANT ALL ON shop.* TO shop@'127.0.0.1'")
        }
        func configure(_ host: String) throws {
            try site.configure(
                database: "host = \(host)\nuser = shop\npassword = secret\ndatabase = shop\nconnect_timeout = 2",
                site.section("shop-worker", worker: worker))
        }
        for server in [demoted, primary] {
            try configure("127.0.0.1:\(server.port)")
            #expect(try await site.ctl("init").status == 0)
            #expect(try await site.ctl("process", "add", "shop-worker").status == 0)
        }
        try demoted.sql("SET GLOBAL read_only = 1")
        try configure("127.0.0.1:\(demoted.port), 127.0.0.1:\(primary.port)")
        let daemon = try site.monitord()
        try await eventually("it works", in: daemon) { daemon.log.contains("store.opened") }
        try primary.sql("UPDATE STATUS_PROCESS SET alarma = 1", in: "shop")
        try await eventually("the alarm is served", in: daemon) {
            try primary.sql("SELECT alarma FROM STATUS_PROCESS", in: "shop").first?.first?.integer == 0
        }
        #expect(site.pid(of: "shop-worker") != nil)
        let check = try await site.ctl("check")
        #expect(!check.output.contains("read-only"), "\(check.output)")
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }

    @Test func `one that is read-only alone is told in one line each time, found by check, and its daemon runs`()
        async throws
    {
        let server = try MariaDBServer()
        let database = try server.makeDatabase()
        let site = try Site()
        let worker = try site.makeWorker()
        try server.sql("CREATE USER shop@localhost IDENTIFIED BY 'secret'")
        try server.sql("GRANT ALL ON \(database.name).* TO shop@localhost")
        try site.configure(
            database: """
                host = localhost
                socket = \(server.socket)
                user = shop
                password = secret
                database = \(database.name)
                """,
            site.section("shop-worker", worker: worker))
        try await site.ctl("init")
        try await site.ctl("process", "add", "shop-worker")
        try server.sql("SET GLOBAL read_only = 1")
        let daemon = try site.monitord()
        try await eventually("it says so", in: daemon) { daemon.log.contains("event=store.away") }
        func expectToldByTools() async throws {
            let check = try await site.ctl("check")
            #expect(check.status == 1, "\(check.output)")
            #expect(check.output.contains(/(?m)^error +database .*is read-only/), "\(check.output)")
            let status = try await site.ctl("status", "shop-worker")
            for said in [check.output, status.output, status.error] {
                #expect(!said.contains("NOT RUNNING"), "\(said)")
            }
        }
        try await expectToldByTools()
        let check = try await site.ctl("check")
        #expect(check.output.contains(/(?m)^error +daemon .*it can't write there/), "\(check.output)")
        #expect(try await site.ctl("status").status == 4)
        // Several of its tries.
        try await Task.sleep(for: .seconds(8))
        #expect(daemon.log.lines(with: "store.away").count == 1)
        #expect(daemon.log.contains("is read-only, and no other server of 'host' takes writes"))
        try server.sql("SET GLOBAL read_only = 0")
        try await eventually("it works", in: daemon) { daemon.log.contains("event=store.opened") }

        try server.sql("SET GLOBAL read_only = 1")
        try server.sql("UPDATE STATUS_PROCESS SET alarma = 1", in: database.name)
        try await eventually("it says so again", in: daemon) { daemon.log.lines(with: "store.away").count == 2 }
        try await Task.sleep(for: .seconds(8))
        try await expectToldByTools()
        #expect(daemon.log.lines(with: "store.away").count == 2, "\(daemon.log)")
        #expect(daemon.log.lines(with: "store.back").count <= 1, "\(daemon.log)")
        try server.sql("SET GLOBAL read_only = 0")
        try await eventually("the alarm is served", in: daemon) {
            try server.sql("SELECT alarma FROM STATUS_PROCESS", in: database.name).first?.first?.integer == 0
        }
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }

    // MARK: - A password that changes

    @Test(arguments: ["password", "password_file"])
    func `a password that was changed is read again when the old one is refused, without a restart`(key: String)
        async throws
    {
        let server = try await MariaDBServer.shared
        let database = try server.makeDatabase()
        let site = try Site()
        let worker = try site.makeWorker()
        let user = "p\(UInt32.random(in: 0 ... .max))"
        try server.sql("CREATE USER \(user)@localhost IDENTIFIED BY 'first'")
        try server.sql("GRANT ALL ON \(database.name).* TO \(user)@localhost")
        try server.sql("GRANT REPLICATION SLAVE ON *.* TO \(user)@localhost")
        func configure(_ password: String) throws {
            try site.write(password + "\n", to: "secret", mode: 0o600)
            try site.configure(
                database: """
                    socket = \(server.socket)
                    host = localhost
                    user = \(user)
                    database = \(database.name)
                    \(key == "password" ? "password = \(password)" : "password_file = \(site.path("secret"))")
                    """,
                site.section("rotated", worker: worker))
        }
        try configure("first")
        try await site.ctl("init")
        try await site.ctl("process", "add", "rotated")
        let daemon = try site.monitord()
        try await eventually("it follows the log", in: daemon) { daemon.log.contains("feed.opened") }

        try configure("second")
        if key == "password" {
            daemon.signal(SIGHUP)
            try await eventually("it takes the file", in: daemon) { daemon.log.contains("config.reloaded") }
            #expect(!daemon.log.contains("config.restart_needed"), "\(daemon.log)")
            #expect(daemon.log.contains("'password' of [database]"))
        }
        try server.sql("ALTER USER \(user)@localhost IDENTIFIED BY 'second'")
        for connection in try server.sql("SELECT id FROM information_schema.processlist WHERE user = '\(user)'") {
            _ = try? server.sql("KILL \(connection[0].integer ?? 0)")
        }
        try await eventually("the feed is back", in: daemon) { daemon.log.lines(with: "feed.opened").count == 2 }
        try server.sql("UPDATE STATUS_PROCESS SET alarma = 1", in: database.name)
        try await eventually("the alarm is served", in: daemon) {
            try server.sql("SELECT alarma FROM STATUS_PROCESS", in: database.name).first?.first?.integer == 0
        }
        #expect(daemon.log.lines(with: "daemon.started").count == 1)
        #expect(!daemon.log.contains("second\""), "no secret")
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }

    // MARK: - What is said at debug

    @Test func `at debug each call, each server, each look at the tables and each notice of the feed has a line`()
        async throws
    {
        let server = try await MariaDBServer.shared
        let database = try server.makeDatabase()
        let site = try Site()
        let worker = try site.makeWorker()
        try site.configure(
            database: """
                socket = \(server.socket)
                host = 127.0.0.1:\(try freeLoopbackPort()), localhost
                user = root
                database = \(database.name)
                """,
            site.section("talker", worker: worker))
        try await site.ctl("init")
        try await site.ctl("process", "add", "talker")
        let daemon = try site.monitord("--log-level", "debug")
        try await eventually("it follows the log", in: daemon) { daemon.log.contains("event=feed.opened") }
        try server.sql("UPDATE STATUS_PROCESS SET alarma = 1", in: database.name)
        try await eventually("the alarm is served", in: daemon) { daemon.log.contains("event=alarm.cleared") }
        for event in ["store.skipped", "store.connected", "store.surveyed", "feed.change"] {
            #expect(!daemon.log.lines(with: event).isEmpty, "\(event)")
        }
        let calls = daemon.log.lines(with: "store.call")
        for call in [
            "open the database", "read the alarms", "claim the recovery of a process", "read the alarm's revision",
            "record the outcome of a recovery", "record the heartbeat",
        ] { #expect(calls.contains { $0.contains("store.call=\"\(call)\"") }, "\(call)") }
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }

    // MARK: - Refusals

    @Test(arguments: Place.allCases) func `a refusal is written once, however often it is tried again`(place: Place)
        async throws
    {
        let scene = try await RulesScene(place)
        defer { scene.end() }
        try await scene.begin(monitor: "check_interval = 200ms")
        let program = try scene.startByHand(scene.names[0])
        try await eventually("it runs") { scene.site.pid(of: scene.names[0]) == program.pid }
        // Others may write it: it is not believed, and what it names is left alone.
        chmod(scene.site.path(scene.names[0]) + ".pid", 0o666)
        try await scene.startDaemon()
        try scene.raise()
        try await scene.logs("recovery.refused")
        func events(_ kind: String) throws -> Int {
            try scene.database.sql("SELECT id FROM MONITOR_EVENT WHERE kind = '\(kind)'").count
        }
        try await eventually("it is written", in: scene.daemon) { try events("refused") == 1 }
        // Some twenty tries.
        try await Task.sleep(for: .seconds(5))
        #expect(try events("refused") == 1 && events("recovery_started") == 1)
        let rows = try scene.database.sql("SELECT id FROM MONITOR_EVENT").count
        #expect(rows <= 4, "\(rows) rows")
        #expect(scene.count("event=recovery.begun") == 1 && scene.count("event=recovery.refused") == 1)
        // It is still tried, and what is new is told whole.
        chmod(scene.site.path(scene.names[0]) + ".pid", 0o644)
        try await eventually("it is cleared", in: scene.daemon) { try !scene.isInAlarm() }
        #expect(try events("recovered") == 1 && events("recovery_started") == 2)
        #expect(scene.count("event=recovery.begun") == 2)
    }
}

extension String {
    fileprivate func lines(with event: String) -> [Substring] {
        split(separator: "\n").filter { $0.contains("event=\(event)") }
    }
}
