import Foundation
import MonitorStore
import TestSupport
import Testing

/// Tables of the application that are not what the specification prints.
@Suite(.serialized) struct HostileTableTests {
    /// Makes the tables as somebody else has them, runs the daemon on them, and gives what it said.
    private func serve(
        _ canary: Canary, tables: [String], then statements: [String], until what: String,
        _ isTrue: () async throws -> Bool
    ) async throws -> String {
        for sql in tables { try await canary.database.rows(sql) }
        try await canary.configure(monitor: "host = here", Canary.quickService)
        for sql in statements { try await canary.database.rows(sql) }
        let daemon = try canary.site.monitord()
        try await eventually("the good one is served, and \(what)", within: 60, in: daemon) {
            guard try await canary.isGoodServed() else { return false }
            return try await isTrue()
        }
        for arguments in [["status"], ["status", "--json"], ["check"], ["process", "list"]] {
            let result = try await canary.site.ctl(arguments)
            #expect(result.status >= 0 && result.output.obeyedByTerminals == [], "\(arguments): \(result.error)")
        }
        try await canary.end(daemon)
        return daemon.log
    }

    private static let keyless = [
        "CREATE TABLE PROCESE (process_id INT, process_name VARCHAR(100))",
        "CREATE TABLE STATUS_PROCESS (process_id INT, alarma TINYINT, sound TINYINT, notes VARCHAR(100))",
    ]

    @Test(arguments: SQLScene.Backend.allCases)
    func `rows twice, without a partner, or with NULL are served as far as they mean something`(
        backend: SQLScene.Backend
    ) async throws {
        let canary = try await Canary(backend)
        let log = try await serve(
            canary, tables: Self.keyless,
            then: [
                // One process with two rows of status, of which the first is at rest.
                "INSERT INTO PROCESE VALUES (1, 'twice')",
                "INSERT INTO STATUS_PROCESS VALUES (1, 0, 0, 'at rest'), (1, 1, 0, NULL)",
                // One id with two names, and one name with two ids.
                "INSERT INTO PROCESE VALUES (2, 'one'), (2, 'other'), (3, 'same'), (4, 'same')",
                "INSERT INTO STATUS_PROCESS VALUES (2, 1, 0, NULL), (3, 1, 0, NULL), (4, 1, 0, NULL)",
                // Nobody's alarm, and no alarm.
                "INSERT INTO STATUS_PROCESS VALUES (50, 1, 0, NULL)",
                // The trigger of an embedded store refuses an alarm that is nobody's.
                backend == .mariadb ? "INSERT INTO STATUS_PROCESS VALUES (NULL, 1, 0, NULL)" : "SELECT 1",
                "INSERT INTO PROCESE VALUES (NULL, NULL), (5, NULL), (-6, 'negative'), (7, 'no-status')",
                "INSERT INTO STATUS_PROCESS VALUES (5, 1, 0, NULL), (-6, 1, 0, NULL)",
                // Values that are neither 0 nor 1.
                "INSERT INTO PROCESE VALUES (8, 'two'), (9, 'minus'), (10, 'null')",
                "INSERT INTO STATUS_PROCESS VALUES (8, 2, 9, NULL), (9, -1, -1, NULL), (10, NULL, NULL, NULL)",
            ], until: "what has a name is"
        ) {
            // Without a name it stands: nobody's alarm, that of NULL, and that of the process without a name.
            Set(try await canary.alarms()).subtracting(["NULL"]) == ["50", "5"]
        }
        #expect(log.components(separatedBy: "recovery.outdated").count < 20, "it spins")
        let untouched = try await canary.database.rows(
            "SELECT alarma, sound, notes FROM STATUS_PROCESS WHERE process_id IN (8, 9, 10) ORDER BY process_id")
        #expect(untouched == [["2", "9", nil], ["-1", "-1", nil], [nil, nil, nil]])
        HostileCase(
            through: "tables without keys (\(backend))", input: "rows twice, without partner, NULL, -6, alarma 2",
            attempts: 12
        )
        .came(to: "what has a name is served once, the rest stands or is left alone")
    }

    @Test func `tables of which the names are written otherwise are found, and none is made beside them`() async throws
    {
        let canary = try await Canary(.mariadb)
        let worker = try canary.site.makeWorker()
        try canary.site.configure(database: canary.section, canary.site.section(Canary.good, worker: worker))
        for sql in [
            "CREATE TABLE Procese (process_id INT, process_name VARCHAR(100))",
            "CREATE TABLE status_process (process_id INT, alarma TINYINT, sound TINYINT, notes VARCHAR(100))",
            "INSERT INTO Procese VALUES (1, '\(Canary.good)')", "INSERT INTO status_process VALUES (1, 1, 0, NULL)",
        ] { try await canary.database.rows(sql) }
        #expect(try await canary.site.ctl("init").status == 0)
        let result = try await canary.site.monitord("--once").wait()
        #expect(result.status == 0, "\(result.error)")
        #expect(try await canary.database.scalar("SELECT alarma FROM status_process") == "0")
        let tables = try await canary.database.rows("SHOW TABLES").compactMap { $0[0] }
        #expect(tables.filter { $0.uppercased() == "PROCESE" } == ["Procese"])
        HostileCase(through: "tables (mariadb)", input: "Procese, status_process").came(to: "found and served")
    }

    @Test(arguments: ["BIT(1)", "BIT(8)", "DECIMAL(3,1)"])
    func `a column of another type for alarma is served as it would be`(type: String) async throws {
        let canary = try await Canary(.mariadb)
        let log = try await serve(
            canary,
            tables: [
                "CREATE TABLE PROCESE (process_id INT PRIMARY KEY, process_name VARCHAR(100))",
                "CREATE TABLE STATUS_PROCESS (process_id INT PRIMARY KEY, alarma \(type) NOT NULL DEFAULT 0, "
                    + "sound TINYINT, notes VARCHAR(100))",
            ], then: ["INSERT INTO PROCESE VALUES (1, 'odd')", "INSERT INTO STATUS_PROCESS VALUES (1, 1, 0, NULL)"],
            until: "the odd one"
        ) { try await canary.alarms() == [] }
        #expect(!log.contains("recovery.outdated"), "\(log)")
        HostileCase(through: "STATUS_PROCESS (mariadb)", input: "alarma as \(type)").came(to: "served")
    }

    @Test func `a view in the place of a table is served where it can be written, and told where not`() async throws {
        let writable = try await Canary(.mariadb)
        _ = try await serve(
            writable,
            tables: [
                "CREATE TABLE p (process_id INT PRIMARY KEY, process_name VARCHAR(100))",
                "CREATE TABLE s (process_id INT PRIMARY KEY, alarma TINYINT, sound TINYINT, notes VARCHAR(100))",
                "CREATE VIEW PROCESE AS SELECT * FROM p", "CREATE VIEW STATUS_PROCESS AS SELECT * FROM s",
            ], then: [], until: "no other"
        ) { try await writable.alarms() == [] }
        HostileCase(through: "views in place of the tables (mariadb)", input: "updatable").came(to: "served")

        let rigid = try await Canary(.sqlite)
        for sql in [
            "CREATE TABLE p (process_id INT PRIMARY KEY, process_name VARCHAR(100))",
            "CREATE TABLE s (process_id INT PRIMARY KEY, alarma TINYINT, sound TINYINT, notes VARCHAR(100))",
            "CREATE VIEW PROCESE AS SELECT * FROM p", "CREATE VIEW STATUS_PROCESS AS SELECT * FROM s",
            "INSERT INTO p VALUES (1, 'x')", "INSERT INTO s VALUES (1, 1, 0, NULL)",
        ] { try await rigid.database.rows(sql) }
        try rigid.site.configure("[process.x]\nstart_command = \(rigid.trap)")
        let result = try await rigid.site.monitord("--once").wait()
        #expect(result.status == 69 && result.error.contains("view"), "\(result.status) \(result.error)")
        #expect(rigid.traces == [])
        HostileCase(through: "views in place of the tables (sqlite)", input: "not updatable")
            .came(to: "nothing run: \(result.error.split(separator: "\n").last ?? "")")
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `a trigger that refuses the outcome of one process holds up no other`(backend: SQLScene.Backend) async throws {
        let canary = try await Canary(backend)
        let trigger =
            backend == .sqlite
            ? """
            CREATE TRIGGER stubborn BEFORE UPDATE ON STATUS_PROCESS WHEN NEW.process_id = 1
            BEGIN SELECT RAISE(ABORT, '\u{1B}[31mno'); END
            """
            : """
            CREATE TRIGGER stubborn BEFORE UPDATE ON STATUS_PROCESS FOR EACH ROW
            IF NEW.process_id = 1 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '\u{1B}[31mno'; END IF
            """
        try await canary.configure(monitor: "host = here", Canary.quickService)
        try await canary.raise("stubborn", id: 1)
        try await canary.raise("another", id: 2)
        try await canary.database.run(trigger)
        let daemon = try canary.site.monitord()
        try await eventually("the others are served", within: 60, in: daemon) {
            guard try await canary.isGoodServed() else { return false }
            return try await canary.alarms() == ["1"]
        }
        try await eventually("the refusal is told", in: daemon) { daemon.log.contains("store.refused") }
        #expect(daemon.log.obeyedByTerminals == [])
        try await canary.end(daemon)
        HostileCase(through: "trigger on STATUS_PROCESS (\(backend))", input: "refuses the outcome of one process")
            .came(to: "that alarm stands, the refusal is logged, others served")
    }
}
