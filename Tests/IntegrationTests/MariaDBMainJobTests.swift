import Foundation
import MonitorStore
import TestSupport
import Testing

/// The main job as users of the script have it: their tables, their `config.ini`, on a real MariaDB.
@Suite(.needsMariaDB) struct MariaDBMainJobTests {
    /// A database with the two tables as the specification prints them, and one process in alarm.
    final class Database: Sendable {
        let name: String
        let server: MariaDBServer
        /// Who the daemon logs in as, with no privilege yet.
        let user: String

        init(on server: MariaDBServer? = nil) async throws {
            self.server = if let server { server } else { try await MariaDBServer.shared }
            name = "monitor_\(UInt32.random(in: 0...UInt32.max))"
            user = "m\(UInt32.random(in: 0...UInt32.max))"
            let server = self.server
            try server.sql("CREATE DATABASE \(name)")
            try server.sql("CREATE USER \(user)@localhost IDENTIFIED BY 'it''s secret'")
            try server.sql("CREATE USER \(user)@'127.0.0.1' IDENTIFIED BY 'it''s secret'")
            try server.sql(
                "CREATE TABLE PROCESE (process_id INT PRIMARY KEY, process_name VARCHAR(100) NOT NULL)", in: name)
            try server.sql(
                """
                CREATE TABLE STATUS_PROCESS (process_id INT PRIMARY KEY, alarma TINYINT NOT NULL DEFAULT 0,
                  sound TINYINT NOT NULL DEFAULT 0, notes VARCHAR(100),
                  FOREIGN KEY (process_id) REFERENCES PROCESE(process_id))
                """, in: name)
        }

        func grant(_ privileges: String, on table: String = "*") throws {
            for host in ["localhost", "'127.0.0.1'"] {
                try server.sql("GRANT \(privileges) ON \(name).\(table) TO \(user)@\(host)")
            }
        }

        func raise(_ process: String, id: Int) throws {
            try server.sql("INSERT INTO PROCESE VALUES (\(id), '\(process)')", in: name)
            try server.sql("INSERT INTO STATUS_PROCESS VALUES (\(id), 1, 1, 'set by the application')", in: name)
        }

        /// The rows of both tables, for comparing.
        func rows() throws -> [[String]] {
            try server.sql(
                """
                SELECT p.process_id, p.process_name, s.alarma, s.sound, s.notes FROM PROCESE p \
                JOIN STATUS_PROCESS s ON s.process_id = p.process_id ORDER BY 1
                """, in: name
            ).map { $0.map { $0.text ?? "NULL" } }
        }

        func drop() {
            _ = try? server.sql("DROP DATABASE \(name)")
            for host in ["localhost", "'127.0.0.1'"] { _ = try? server.sql("DROP USER \(user)@\(host)") }
        }

        deinit { drop() }
    }

    /// The specification's configuration, with host, user and password changed.
    static func configuration(_ database: Database, host: String = "127.0.0.1") -> String {
        """
        [database]
        host = \(host)
        user = \(database.user)
        password = it's secret
        database = \(database.name)
        port = \(database.server.port)
        connect_timeout = 2
        [monitor]
        ; Check interval in seconds (5 minutes)
        check_interval = 300
        ; Maximum number of restart failures before circuit breaker opens
        max_restart_failures = 3
        ; Circuit breaker reset time in seconds (30 minutes)
        circuit_reset_time = 1800
        [logging]
        ; Maximum log file size in KB before rotation (default: 5MB)
        max_log_size = 5120
        ; Number of log files to keep (default: 5)
        log_files_to_keep = 5
        [process.default]
        restart_strategy = auto
        health_check_command = pgrep %s
        health_check_timeout = 5
        restart_delay = 2
        max_attempts = 2

        """
    }

    @Test func `the script's tables and configuration recover a standalone process, and nothing else changes`()
        async throws
    {
        try await recoversStandaloneProcess(try await Database())
    }

    @Test(.needsMySQL) func `so they do on MySQL`() async throws {
        try await recoversStandaloneProcess(try await Database(on: MariaDBServer.sharedMySQL))
    }

    @Test(.needsNewestMariaDB) func `so they do on the newest MariaDB`() async throws {
        try await recoversStandaloneProcess(try await Database(on: MariaDBServer.sharedNewestMariaDB))
    }

    private func recoversStandaloneProcess(_ database: Database) async throws {
        let site = try Site()
        try database.grant("ALL")
        // Found by its name, started again as it was: nothing but the script's keys is configured.
        let name = "spec\(UInt32.random(in: 10000...99999))"
        try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: site.path(name))
        let process = try Program(site.path(name), ["4711"])
        try database.raise(name, id: 7)
        try database.raise("other; true", id: 8)
        try site.write(
            Self.configuration(database).replacingOccurrences(of: "[logging]", with: "[logging]\nfile = \(site.log)"),
            to: "config.ini", mode: 0o600)

        let result = try await site.monitord("--once").wait()
        #expect(result.status == 1, "one name is refused: \(result.error)")
        let rows = try database.rows()
        #expect(rows[0].dropLast() == ["7", name, "0", "1"])
        #expect(rows[0][4].contains("recovered"))
        #expect(rows[1].dropLast() == ["8", "other; true", "1", "1"])
        #expect(rows[1][4].hasPrefix("refused"))
        #expect(try await process.wait(10).status < 0, "the old one was ended by a signal")
        #expect(try site.countProcesses(with: "\(site.path(name)) 4711") == 1)
        let running = try await Program.run("/bin/sh", ["-c", "pgrep -x \(name)"])
        if let pid = Int32(running.output.trimmingCharacters(in: .whitespacesAndNewlines)) { kill(pid, SIGKILL) }
    }

    @Test func `with the least privileges it still works, and says what is missing`() async throws {
        try await worksWithLeastPrivileges(try await Database())
    }

    @Test(.needsMySQL) func `so it does on MySQL with the least privileges`() async throws {
        try await worksWithLeastPrivileges(try await Database(on: MariaDBServer.sharedMySQL))
    }

    private func worksWithLeastPrivileges(_ database: Database) async throws {
        let site = try Site()
        try database.grant("SELECT", on: "PROCESE")
        try database.grant("SELECT, UPDATE (alarma, notes)", on: "STATUS_PROCESS")
        let worker = try site.makeWorker()
        try database.raise("least-worker", id: 1)
        try site.write(
            Self.configuration(database) + site.section("least-worker", worker: worker), to: "config.ini", mode: 0o600)
        let result = try await site.monitord("--once").wait()
        #expect(result.status == 0, "\(result.error)")
        #expect(try database.rows()[0][2] == "0")
        #expect(result.error.contains("MONITOR_") && result.error.contains("GRANT"), "\(result.error)")
        #expect(!result.error.contains("it's secret"))
        let tables = try database.server.sql("SHOW TABLES", in: database.name).count
        #expect(tables == 2)
    }

    @Test func `hosts are tried in turn, also past one that accepts and says nothing`() async throws {
        let (site, database) = (try Site(), try await Database())
        try database.grant("ALL")
        let worker = try site.makeWorker()
        try database.raise("host-worker", id: 1)
        // On its own address of the loopback, and the server's port: a listener that never speaks.
        let mute = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(mute) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = database.server.port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.2")
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(mute, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(bound == 0 && listen(mute, 8) == 0)
        try site.write(
            Self.configuration(database, host: "127.0.0.3, 127.0.0.2, 127.0.0.1")
                + site.section("host-worker", worker: worker),
            to: "config.ini", mode: 0o600)
        let result = try await site.monitord("--once").wait()
        #expect(result.status == 0, "\(result.error)")
        #expect(try database.rows()[0][2] == "0")
    }

    @Test func `an outcome reached while the server is dead is written when it is back`() async throws {
        // Durable, as real servers are: what it has confirmed must survive its death.
        try await writesOutcomeAfterReturn(of: MariaDBServer(options: ["--innodb-flush-log-at-trx-commit=1"]))
    }

    @Test(.needsMySQL) func `so it is in MySQL`() async throws {
        try await writesOutcomeAfterReturn(of: MariaDBServer(.mySQL, options: ["--innodb-flush-log-at-trx-commit=1"]))
    }

    private func writesOutcomeAfterReturn(of server: MariaDBServer) async throws {
        let site = try Site()
        let worker = try site.makeWorker()
        try server.sql("CREATE DATABASE v_process_monitor")
        try site.write(
            ": > \(site.path("checking")); while [ ! -e \(site.path("gate")) ]; do sleep 0.1; done", to: "wait")
        try site.configure(
            database:
                "socket = \(server.socket)\nhost = localhost\nuser = root\nconnect_timeout = 1\nquery_timeout = 2",
            site.section(
                "away-worker", worker: worker, check: "sh \(site.path("wait")) && \(site.isAlive("away-worker"))",
                "health_check_timeout = 60"))
        try await site.ctl("init")
        try await site.ctl("process", "add", "away-worker")
        let daemon = try site.monitord()
        try await eventually("it reached the database") { daemon.log.contains("store.opened") }
        try await site.ctl("alarm", "set", "away-worker")
        try await eventually("it checks") { FileManager.default.fileExists(atPath: site.path("checking")) }
        try server.kill()
        try site.write("", to: "gate")
        try await eventually("it keeps the outcome") { daemon.log.contains("store.kept") }
        try server.start()
        try await eventually("the alarm is cleared", within: 60, in: daemon) {
            try server.sql("SELECT alarma FROM STATUS_PROCESS", in: "v_process_monitor").first?.first?.integer == 0
        }
        let history = try server.sql(
            "SELECT kind FROM MONITOR_EVENT WHERE completion_id IS NOT NULL", in: "v_process_monitor")
        #expect(history.map { $0.first?.text ?? "" } == ["recovered"])
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }
}
