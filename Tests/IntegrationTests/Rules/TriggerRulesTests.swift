import Foundation
import MonitorCore
import MonitorStore
import TestSupport
import Testing

/// Triggers that are there and do not do their work, and rows that mean nothing: daemon and tools say so.
@Suite(.needsMariaDB, .serialized) struct TriggerRulesTests {
    /// What became of the account that the triggers act for.
    enum Definer: String, CaseIterable { case gone, withoutPrivilege }

    // Accounts are renamed there, which is no good neighbour of tests that take privileges away.
    private static let server = Task.detached { try MariaDBServer() }
    private static let mySQL = Task.detached { try MariaDBServer(.mySQL) }

    @Test(arguments: Definer.allCases)
    func `triggers that can't count are found by check, logged by the daemon and mended by init`(definer: Definer)
        async throws
    {
        try await findsAndMends(definer, on: Self.server.value)
    }

    @Test(.needsMySQL, arguments: Definer.allCases)
    func `so they are on MySQL`(definer: Definer) async throws {
        try await findsAndMends(definer, on: Self.mySQL.value)
    }

    private func findsAndMends(_ definer: Definer, on server: MariaDBServer) async throws {
        let scene = try FaultScene(on: .onServer(server))
        defer { scene.end() }
        try await scene.initialize()
        try scene.database.grantAll()
        try scene.configure()
        for (index, name) in scene.names.enumerated() {
            try scene.database.sql("INSERT INTO PROCESE (process_id, process_name) VALUES (\(index + 1), '\(name)')")
            try scene.database.sql("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (\(index + 1), 0)")
        }
        try scene.database.sql("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1")
        let maker = try scene.makeTriggersAnew()
        defer { for user in [maker, maker + "_2"] { _ = try? server.sql("DROP USER IF EXISTS \(user)@localhost") } }
        let healthy = try await scene.site.ctl("check")
        #expect(!healthy.output.contains("trigger"), "\(healthy.output)")

        switch definer {
        case .gone: try server.sql("RENAME USER \(maker)@localhost TO \(maker)_2@localhost")
        case .withoutPrivilege: try server.sql("REVOKE INSERT ON \(scene.databaseName).* FROM \(maker)@localhost")
        }
        let rows =
            "SELECT s.process_id, s.alarma, s.notes, m.revision, m.raised_at FROM STATUS_PROCESS s "
            + "LEFT JOIN MONITOR_ALARM m ON m.process_id = s.process_id ORDER BY 1"
        let before = try scene.database.sql(rows)
        let check = try await scene.site.ctl("check")
        let level = definer == .gone ? "error" : "warning"
        #expect(check.output.contains(try Regex("(?m)^\(level) +database .*trigger")), "\(check.output)")
        #expect(check.output.contains("monitorctl init"), "\(check.output)")
        #expect(check.status == 1)
        #expect(try scene.database.sql(rows) == before, "trying it leaves nothing behind")

        try scene.startDaemon()
        try await scene.logs(definer == .gone ? "event=store.away" : "event=store.remark")
        try await scene.logs("monitorctl init")
        if definer == .gone {
            // One line, however often it is tried; no process was started for an alarm that can't be cleared.
            try await Task.sleep(for: .seconds(4))
            #expect(scene.daemon?.log.components(separatedBy: "event=store.away").count == 2)
            #expect(scene.names.allSatisfy { FaultWorker.starts(of: $0, at: scene.site) == 0 })
        }
        let own = try String(contentsOfFile: scene.site.configuration, encoding: .utf8)
        try scene.site.write("[database]\n\(scene.database.settings(asAdministrator: true))", to: "config.ini")
        let mended = try await scene.site.ctl("init")
        try scene.site.write(own, to: "config.ini")
        #expect(mended.status == 0)
        #expect((mended.output + mended.error).contains("created trigger MONITOR_ALARM_UPDATE anew"), "\(mended)")
        try await eventually("the alarm is served", in: scene.daemon) { try scene.alarms().isEmpty }
        let after = try await scene.site.ctl("check")
        #expect(!after.output.contains("trigger"), "\(after.output)")
        scene.daemon?.signal(SIGTERM)
        _ = try await scene.daemon?.wait()
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `values of alarma that are neither 0 nor 1, and alarms of no process, are said by check and status`(
        backend: SQLScene.Backend
    ) async throws {
        let canary = try await Canary(backend)
        for sql in [
            "CREATE TABLE PROCESE (process_id INT, process_name VARCHAR(100))",
            "CREATE TABLE STATUS_PROCESS (process_id INT, alarma TINYINT, sound TINYINT, notes VARCHAR(100))",
        ] { try await canary.database.rows(sql) }
        try await canary.configure(monitor: "host = here")
        for sql in [
            "UPDATE STATUS_PROCESS SET alarma = 0",
            "INSERT INTO PROCESE VALUES (8, 'two'), (9, 'minus'), (10, 'null')",
            "INSERT INTO STATUS_PROCESS VALUES (8, 2, 0, NULL), (9, -1, 0, NULL), (10, NULL, 0, NULL)",
            "INSERT INTO STATUS_PROCESS VALUES (50, 1, 0, NULL), (51, 0, 0, NULL)",
        ] { try await canary.database.rows(sql) }
        let complaints = [
            "alarma of process_id 8 ('two') is 2:", "alarma of process_id 9 ('minus') is -1:",
            "alarma of process_id 10 ('null') is NULL:", "an alarm stands for process_id 50, and no row of PROCESE",
        ]
        let check = try await canary.site.ctl("check")
        let status = try await canary.site.ctl("status")
        for complaint in complaints {
            #expect(check.output.contains(complaint), "\(check.output)")
            #expect(status.error.contains(complaint), "\(status.error)")
        }
        #expect(!check.output.contains("process_id 51"))
        #expect(check.output.contains("DELETE FROM STATUS_PROCESS WHERE process_id = 50"), "\(check.output)")
        #expect(status.status == 3, "an alarm stands, though nothing is restarted for it")
        let json = try await canary.site.ctl("status", "--json")
        #expect(json.output.contains(#"{"id":9,"name":"minus","alarma":"-1"}"#), "\(json.output)")
        #expect(json.output.contains(#"{"id":50,"name":null,"alarma":"1"}"#), "\(json.output)")
        HostileCase(
            through: "STATUS_PROCESS (\(backend))", input: "alarma 2, -1, NULL; an alarm of no process", attempts: 4
        )
        .came(to: "each said by check and status, with what mends it")
    }
}
