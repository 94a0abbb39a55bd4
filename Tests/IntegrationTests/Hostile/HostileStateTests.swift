import Foundation
import MonitorStore
import TestSupport
import Testing

/// Rows that somebody else has written into the monitor's own tables.
@Suite(.serialized) struct HostileStateTests {
    /// A row of `MONITOR_BREAKER`, its values as SQL has them, from `state` to `retry_at`.
    struct BreakerRow {
        var values: String
        /// It keeps its process from being served, as the same row would that the daemon wrote; any other does not.
        var keepsAway = false
        /// The embedded store alone takes any type in any column.
        var needsSQLite = false
    }

    private static let (max, min) = ("9223372036854775807", "-9223372036854775807 - 1")

    static let breakers: [BreakerRow] = [
        BreakerRow(values: "'nonsense', 0, 0, 0, NULL, NULL, NULL"),
        BreakerRow(values: "'', 0, 0, 0, NULL, NULL, NULL"),
        BreakerRow(values: "'CLOSED\u{1B}[31m', 0, 0, 0, NULL, NULL, NULL"),
        BreakerRow(values: "'closed', \(max), 0, 0, NULL, NULL, NULL"),
        BreakerRow(values: "'closed', \(min), \(min), \(min), NULL, NULL, NULL"),
        BreakerRow(values: "'closed', -1, -1, -1, -1, -1, NULL"),
        BreakerRow(values: "'closed', 0, \(max), 0, NULL, NULL, NULL"),
        BreakerRow(values: "'open', 3, \(max), \(max), 0, NULL, NULL"),
        BreakerRow(values: "'open', 3, 1, 1, \(min), NULL, NULL"),
        BreakerRow(values: "'open', \(max), 1, \(max), NULL, NULL, NULL"),
        BreakerRow(values: "'open', 3, 1, 1, \(max), NULL, NULL", keepsAway: true),
        BreakerRow(values: "'open', 3, 1, 1, 253402300799000, NULL, NULL", keepsAway: true),
        BreakerRow(values: "'half_open', \(max), \(max), \(max), 0, NULL, NULL", keepsAway: true),
        BreakerRow(values: "'half_open', 3, 1, 1, \(max), NULL, NULL"),
        BreakerRow(values: "'closed', 0, 0, 0, NULL, \(min), NULL"),
        BreakerRow(values: "'closed', 0, 0, 0, NULL, \(max), NULL"),
        BreakerRow(values: "'closed', \(max), \(max), \(max), NULL, \(max), NULL", keepsAway: true),
        BreakerRow(values: "'closed', 0, 0, 0, NULL, NULL, NULL"),
        BreakerRow(values: "'closed', 0, 0, 0, NULL, NULL, NULL"),
        BreakerRow(values: "'closed', 0, 0, 0, NULL, NULL, NULL"),
        BreakerRow(values: "'closed', 'many', 0, 'x', NULL, NULL, NULL", needsSQLite: true),
        BreakerRow(values: "'closed', 0, 'many', 0, NULL, NULL, NULL", needsSQLite: true),
        BreakerRow(values: "'closed', 0, '12many', 0, NULL, NULL, NULL", needsSQLite: true),
        BreakerRow(values: "'closed', 1e308, 1e308, 1e308, NULL, NULL, NULL", needsSQLite: true),
        BreakerRow(values: "'closed', 0.5, 1.5, 0.5, NULL, NULL, NULL", needsSQLite: true),
        BreakerRow(values: "'closed', x'00ff', 0, x'00ff', NULL, x'00', NULL", needsSQLite: true),
        BreakerRow(values: "x'ff00', 0, 0, 0, NULL, NULL, NULL", needsSQLite: true),
        BreakerRow(values: "7, 0, 0, 0, NULL, NULL, NULL", needsSQLite: true),
        BreakerRow(values: "'open', 3, 1, 1, 'tomorrow', NULL, NULL", needsSQLite: true),
        BreakerRow(values: "'closed', 0, 0, 0, NULL, 'never', NULL", needsSQLite: true),
        BreakerRow(values: "'closed', 0, 0, 0, NULL, NULL, NULL", needsSQLite: true),
        BreakerRow(
            values: "replace(hex(zeroblob(500000)), '00', 'ab'), 0, 0, 0, NULL, NULL, NULL", needsSQLite: true),
    ]

    @Test(arguments: SQLScene.Backend.allCases)
    func `a breaker's row that no daemon wrote ends nothing, and holds up nobody else`(backend: SQLScene.Backend)
        async throws
    {
        let canary = try await Canary(backend)
        try await canary.configure(monitor: "host = here", Canary.quickService)
        let rows = Self.breakers.filter { backend == .sqlite || !$0.needsSQLite }
        for (index, row) in rows.enumerated() {
            try await canary.raise("victim-\(index + 1)", id: index + 1)
            try await canary.database.rows(
                """
                INSERT INTO MONITOR_BREAKER (process_id, state, failures, generation, openings, until_at, \
                provisional_success, retry_at) VALUES (\(index + 1), \(row.values))
                """)
        }
        let daemon = try canary.site.monitord()
        let kept = rows.indices.filter { rows[$0].keepsAway }.map { "\($0 + 1)" }
        try await eventually("all are served but those whose breaker is open", within: 60, in: daemon) {
            let alarms = try await canary.database.rows(
                "SELECT process_id FROM STATUS_PROCESS WHERE alarma = 1 ORDER BY 1"
            ).map { $0[0] ?? "" }
            return alarms == kept
        }
        #expect(try await canary.isGoodServed())
        #expect(!daemon.log.contains("store.away"), "\(daemon.log)")
        try await expectReadable(canary)
        let reset = try await canary.site.ctl("reset", "--all")
        #expect(reset.status == 0, "\(reset.error)")
        try await eventually("a reset lets the rest be served", within: 60, in: daemon) {
            try await canary.database.scalar("SELECT COUNT(*) FROM STATUS_PROCESS WHERE alarma = 1") == "0"
        }
        try await canary.end(daemon)
        for row in rows {
            HostileCase(through: "MONITOR_BREAKER (\(backend))", input: row.values)
                .came(to: row.keepsAway ? "breaker open, others served, reset helps" : "served")
        }
    }

    /// Status and history are shown, and steer no terminal.
    private func expectReadable(_ canary: Canary) async throws {
        for arguments in [
            ["status"], ["status", "--json"], ["status", "victim-1"], ["history"], ["history", "--json"],
            ["checks"], ["checks", "--json"],
        ] {
            let result = try await canary.site.ctl(arguments)
            #expect([0, 3, 4].contains(result.status), "\(arguments) \(result.status) \(result.error)")
            #expect((result.output + result.error).obeyedByTerminals == [], "\(arguments)")
            guard arguments.contains("--json") else { continue }
            _ = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        }
    }

    /// Other rows of the monitor's own, each with whether the embedded store alone takes it. Their process is 1.
    static let others: [(sql: String, needsSQLite: Bool)] = [
        ("INSERT INTO MONITOR_CLAIM VALUES (1, 'here', 'ghost', 5)", false),
        ("INSERT INTO MONITOR_CLAIM VALUES (2, '', '\u{1B}]0;x\u{7}', \(max))", false),
        ("INSERT INTO MONITOR_CLAIM VALUES (3, 'here', 7, 'never')", true),
        ("INSERT INTO MONITOR_HOLD VALUES ('process', '1', \(min), \(min), '\u{1B}[31m', '\u{202E}')", false),
        ("INSERT INTO MONITOR_HOLD VALUES ('process', '2', \(max), 0, NULL, NULL)", false),
        ("INSERT INTO MONITOR_HOLD VALUES ('process', '3', 'since', 'until', x'ff00', 5)", true),
        ("INSERT INTO MONITOR_ALARM VALUES (91, \(max), \(max), '\u{1B}[31m', '\u{202E}', \(min))", false),
        ("INSERT INTO MONITOR_ALARM VALUES (92, \(min), \(min), NULL, NULL, NULL)", false),
        ("INSERT INTO MONITOR_CHECK VALUES (1, '\u{1B}[31mred', 'failed', \(max), '\u{202E}\n\u{9B}1m')", false),
        ("INSERT INTO MONITOR_CHECK VALUES (1, '', 'nonsense', \(min), '')", false),
        ("INSERT INTO MONITOR_CHECK VALUES (1, x'ff00', 'passed', 'since', x'00ff')", true),
        ("UPDATE MONITOR_ALARM SET raised_at = \(min) WHERE process_id = 1", false),
        ("UPDATE MONITOR_ALARM SET raised_at = \(max) WHERE process_id = 2", false),
        ("UPDATE MONITOR_ALARM SET revision = \(min) WHERE process_id = 2", false),
        ("UPDATE MONITOR_ALARM SET raised_at = 'once', revision = 3 WHERE process_id = 3", true),
        (
            """
            INSERT INTO MONITOR_HOST VALUES \
            ('here', '\u{1B}[2J', '\u{1B}', \(max), '\u{1B}[31m1.0', 'running', \(max), \(max), \(max))
            """, false
        ),
        ("INSERT INTO MONITOR_HOST VALUES ('here', 'a', NULL, -1, '', 'nonsense', \(min), \(min), \(min))", false),
        ("INSERT INTO MONITOR_HOST VALUES ('here', 'b', x'ff', 'pid', x'ff', 7, 'x', 'x', 'x')", true),
        (history("1, '\u{1B}[31mred', 'recovered', \(max), \(max), \(max), '\u{1B}]0;x\u{7}\n\u{9B}1m'"), false),
        (history("1, 'x', 'recovered', \(min), \(min), \(min), ''"), false),
        (history("2, 'x', 'nonsense', 0, 0, 0, ''"), false),
        (history("2, 'x', 'failed', 253402300799999, -1, -1, ''"), false),
        (history("3, x'ff00', x'ff', 'when', 'long', 'often', x'00ff'"), true),
        (history("3, 'x', 'failed', 0, 0, 1, replace(hex(zeroblob(500000)), '00', '\u{9B}m')"), true),
    ]

    private static func history(_ values: String) -> String {
        """
        INSERT INTO MONITOR_EVENT (host, process_id, process_name, kind, happened_at, duration, attempts, detail) \
        VALUES ('here', \(values))
        """
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `holds, revisions, heartbeats and history that no daemon wrote end nothing`(backend: SQLScene.Backend)
        async throws
    {
        let canary = try await Canary(backend)
        try await canary.configure(monitor: "host = here", Canary.quickService)
        for id in 1...3 { try await canary.raise("victim-\(id)", id: id) }
        let rows = Self.others.filter { backend == .sqlite || !$0.needsSQLite }
        for row in rows { try await canary.database.rows(row.sql) }
        try await expectReadable(canary)
        let daemon = try canary.site.monitord()
        try await eventually("all are served", within: 60, in: daemon) {
            try await canary.database.scalar("SELECT COUNT(*) FROM STATUS_PROCESS WHERE alarma = 1") == "0"
        }
        #expect(!daemon.log.contains("store.away"), "\(daemon.log)")
        try await expectReadable(canary)
        #expect(try await canary.site.ctl("release", "--all").status == 0)
        #expect(try await canary.site.ctl("alarm", "set", "--all").status == 0)
        try await canary.end(daemon)
        for row in rows {
            HostileCase(through: "MONITOR_ tables (\(backend))", input: row.sql).came(
                to: "all served, status shown, escaped")
        }
    }

    @Test(arguments: SQLScene.Backend.allCases, ["-1", "-9223372036854775807 - 1", "0", "'abc'"])
    func `a version of the tables that never was is brought to this one`(
        backend: SQLScene.Backend, version: String
    ) async throws {
        guard backend == .sqlite || version != "'abc'" else { return }
        let canary = try await Canary(backend)
        try await canary.configure(monitor: "host = here")
        try await canary.database.rows("UPDATE MONITOR_SCHEMA SET value = \(version) WHERE item = 'version'")
        let daemon = try canary.site.monitord()
        try await eventually("the good one is served", in: daemon) { try await canary.isGoodServed() }
        try await canary.end(daemon)
        HostileCase(through: "MONITOR_SCHEMA (\(backend))", input: "version = \(version)").came(to: "served")
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `a version of the tables that is yet to come has nothing touched, until it is mended`(
        backend: SQLScene.Backend
    ) async throws {
        let canary = try await Canary(backend)
        try await canary.configure(monitor: "host = here")
        try await canary.database.rows("UPDATE MONITOR_SCHEMA SET value = \(Self.max) WHERE item = 'version'")
        let daemon = try canary.site.monitord()
        try await eventually("it says so", in: daemon) { daemon.log.contains("install the newer program") }
        #expect(try await !canary.isGoodServed())
        let tool = try await canary.site.ctl("status")
        #expect(tool.status == 1 && tool.error.contains("install the newer program"), "\(tool.status) \(tool.error)")
        try await canary.database.rows("UPDATE MONITOR_SCHEMA SET value = 2 WHERE item = 'version'")
        try await eventually("the good one is served", within: 60, in: daemon) { try await canary.isGoodServed() }
        try await canary.end(daemon)
        HostileCase(through: "MONITOR_SCHEMA (\(backend))", input: "version = \(Self.max)")
            .came(to: "nothing touched, both programs say why; served once mended")
    }
}
