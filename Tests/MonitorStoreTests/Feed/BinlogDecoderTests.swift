import MonitorCore
import TestSupport
import Testing

@testable import MonitorStore

/// What calls for a look, of what a real server logs.
@Suite(.needsMariaDB) struct BinlogDecoderTests {
    private let scene: SQLScene

    init() async throws { scene = try await SQLScene.make(.mariadb) }

    /// Columns of all kinds before the one that counts, each with a value.
    private static let columns: [(type: String, value: String)] = [
        ("TINYINT", "-1"), ("SMALLINT UNSIGNED", "65535"), ("MEDIUMINT", "7"), ("BIGINT", "-5"), ("FLOAT", "1.5"),
        ("DOUBLE", "2.5"), ("DECIMAL(1,0)", "1"), ("DECIMAL(10,0)", "1"), ("DECIMAL(38,17)", "123.456"),
        ("DECIMAL(65,30)", "-1.5"), ("BIT(1)", "1"), ("BIT(8)", "255"), ("BIT(17)", "1"), ("BIT(64)", "1"),
        ("YEAR", "2026"), ("DATE", "'2026-11-23'"), ("TIME", "'12:00:00'"), ("TIME(6)", "'12:00:00.123456'"),
        ("DATETIME", "'2026-11-23 12:00:00'"), ("DATETIME(1)", "'2026-11-23 12:00:00.1'"),
        ("DATETIME(4)", "'2026-11-23 12:00:00.1234'"), ("TIMESTAMP NULL", "'2026-11-23 12:00:00'"),
        ("TIMESTAMP(3) NULL", "'2026-11-23 12:00:00.123'"), ("CHAR(1)", "'a'"), ("CHAR(255) CHARSET utf8mb4", "'ü'"),
        ("BINARY(20)", "'abc'"), ("VARCHAR(10)", "'abc'"), ("VARCHAR(300)", "REPEAT('x', 300)"),
        ("VARCHAR(63) CHARSET utf8mb4", "'ü'"), ("VARCHAR(64) CHARSET utf8mb4", "'ü'"), ("VARBINARY(9)", "''"),
        ("TINYTEXT", "'t'"), ("TEXT", "REPEAT('x', 3000)"), ("MEDIUMTEXT", "'m'"), ("LONGTEXT", "REPEAT('x', 70000)"),
        ("JSON", "'[1]'"), ("POINT", "POINT(1, 2)"), ("ENUM('a','b')", "'b'"), ("SET('a','b','c')", "'a,c'"),
        ("TEXT COMPRESSED", "REPEAT('x', 3000)"), ("VARCHAR(300) COMPRESSED", "REPEAT('x', 300)"), ("INET6", "'::1'"),
        ("UUID", "'123e4567-e89b-12d3-a456-426655440000'"), ("INT AS (process_id + 1) VIRTUAL", "DEFAULT"),
        ("INT AS (process_id + 1) PERSISTENT", "DEFAULT"), ("INT INVISIBLE", "1"),
    ]

    @Test func `rows in alarm call for a look, one a transaction, and others do not`() async throws {
        let reader = try await LogReader(scene)
        try scene.sql("UPDATE STATUS_PROCESS SET sound = 1")
        #expect(try await reader.looks() == 0, "no alarm")
        try scene.sql("UPDATE STATUS_PROCESS SET alarma = 1, notes = 'down'")
        #expect(try await reader.looks() == 1, "several rows, one transaction")
        try scene.sql("UPDATE STATUS_PROCESS SET alarma = 0")
        try scene.sql("DELETE FROM STATUS_PROCESS WHERE process_id = 1")
        #expect(try await reader.looks() == 0, "cleared and deleted")
        try scene.sql("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (1, 1)")
        #expect(try await reader.looks() == 1, "inserted")
        try scene.sql("UPDATE STATUS_PROCESS SET alarma = 0")
        try scene.sql("UPDATE PROCESE SET process_name = CONCAT('new', process_id)")
        #expect(try await reader.looks() == 0, "another table")
    }

    @Test func `an alarm is found among thousands of rows, in a transaction with others`() async throws {
        let connection = try scene.connection()
        try connection.run("INSERT INTO PROCESE SELECT seq, CONCAT('p', seq) FROM seq_1000_to_4000")
        let reader = try await LogReader(scene)
        try connection.run("START TRANSACTION")
        try connection.run(
            "INSERT INTO STATUS_PROCESS (process_id, alarma, notes) SELECT seq, 0, REPEAT('x', 100) FROM seq_1000_to_3999"
        )
        try connection.run("UPDATE PROCESE SET process_name = CONCAT('q', process_id)")
        try connection.run("COMMIT")
        #expect(try await reader.looks() == 0)
        try connection.run("START TRANSACTION")
        try connection.run("UPDATE STATUS_PROCESS SET sound = 1, alarma = process_id = 3456 WHERE process_id >= 1000")
        try connection.run("UPDATE PROCESE SET process_name = CONCAT('r', process_id)")
        try connection.run("COMMIT")
        #expect(try await reader.looks() == 1)
    }

    @Test func `a transaction that is rolled back calls for nothing`() async throws {
        let reader = try await LogReader(scene)
        let connection = try scene.connection()
        try connection.run("START TRANSACTION")
        try connection.run("UPDATE STATUS_PROCESS SET alarma = 1")
        try connection.run("ROLLBACK")
        #expect(try await reader.looks() == 0)
    }

    @Test(arguments: ["MINIMAL", "NOBLOB", "FULL"])
    func `row images of every kind are understood`(image: String) async throws {
        let connection = try scene.connection()
        try connection.run("SET SESSION binlog_row_image = \(image)")
        let reader = try await LogReader(scene)
        try connection.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1")
        #expect(try await reader.looks() == 1)
        try connection.run("UPDATE STATUS_PROCESS SET alarma = 0, notes = 'recovered' WHERE process_id = 1")
        try connection.run("UPDATE STATUS_PROCESS SET notes = 'said' WHERE process_id = 1")
        #expect(try await reader.looks() == 0)
    }

    @Test func `columns before alarma are passed over, of whatever type`() async throws {
        for (index, column) in Self.columns.enumerated() {
            try scene.sql("ALTER TABLE STATUS_PROCESS ADD COLUMN c\(index) \(column.type) AFTER process_id")
        }
        let values = Self.columns.enumerated().filter { $1.value != "DEFAULT" }
            .map { "c\($0) = \($1.value)" }.joined(separator: ", ")
        let reader = try await LogReader(scene)
        try scene.sql("UPDATE STATUS_PROCESS SET \(values)")
        try scene.sql("UPDATE STATUS_PROCESS SET notes = 'all of them'")
        #expect(try await reader.looks() == 0, "some type is not understood")
        try scene.sql("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 2")
        #expect(try await reader.looks() == 1)
        try scene.sql("UPDATE STATUS_PROCESS SET alarma = 0")
        #expect(try await reader.looks() == 0)
    }

    @Test func `a column that comes before alarma is noticed, and one of the same type that changes place with it`()
        async throws
    {
        let reader = try await LogReader(scene)
        try scene.sql("UPDATE STATUS_PROCESS SET sound = 1")
        #expect(try await reader.looks() == 0)
        try scene.sql("ALTER TABLE STATUS_PROCESS ADD COLUMN added VARCHAR(20) DEFAULT 'x' FIRST")
        #expect(try await reader.looks() == 1, "the change itself")
        try scene.sql("UPDATE STATUS_PROCESS SET notes = 'after it'")
        #expect(try await reader.looks() == 0)
        try scene.sql("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1")
        #expect(try await reader.looks() == 1)
        // Types and widths are the same afterwards: only the statement tells.
        try scene.sql("ALTER TABLE STATUS_PROCESS MODIFY alarma TINYINT NOT NULL DEFAULT 0 AFTER sound")
        #expect(try await reader.looks() == 1)
        try scene.sql("UPDATE STATUS_PROCESS SET alarma = 0, sound = 1")
        #expect(try await reader.looks() == 0)
        try scene.sql("UPDATE STATUS_PROCESS SET alarma = 1, sound = 0 WHERE process_id = 1")
        #expect(try await reader.looks() == 1)
    }

    @Test func `statements are understood where the server logs those`() async throws {
        let connection = try scene.connection()
        try connection.run("SET SESSION binlog_format = STATEMENT")
        let reader = try await LogReader(scene)
        try connection.run("UPDATE PROCESE SET process_name = CONCAT('new', process_id)")
        #expect(try await reader.looks() == 0)
        try connection.run("UPDATE status_process SET alarma = 1".replacing("status_process", with: "`STATUS_PROCESS`"))
        #expect(try await reader.looks() == 1)
    }

    @Test func `what is compressed calls for a look`() async throws {
        let server = try MariaDBServer(options: ["--log-bin-compress=1", "--log-bin-compress-min-len=64"])
        let scene = try await SQLScene.make(.mariadb, on: server)
        let reader = try await LogReader(scene)
        try scene.sql("UPDATE STATUS_PROCESS SET alarma = 1, notes = REPEAT('x', 100)")
        #expect(try await reader.looks() >= 1)
        #expect(await reader.events.contains { $0[4] == 167 }, "nothing was compressed")
    }

    @Test func `what is prepared by a transaction manager calls for a look`() async throws {
        let connection = try scene.connection()
        let reader = try await LogReader(scene)
        try connection.run("XA START 'x\(scene.settings.database)'")
        try connection.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1")
        try connection.run("XA END 'x\(scene.settings.database)'")
        try connection.run("XA PREPARE 'x\(scene.settings.database)'")
        try connection.run("XA COMMIT 'x\(scene.settings.database)'")
        #expect(try await reader.looks() >= 1)
    }

    @Test func `an event that nobody knows calls for a look, a sign of life does not`() {
        var decoder = BinlogDecoder(schema: "s", table: "t", column: nil)
        func event(_ type: UInt8) -> ArraySlice<UInt8> { [0, 0, 0, 0, type] + [UInt8](repeating: 0, count: 18) }
        func callsForLook(_ type: UInt8) -> Bool { decoder.take(event(type)) }
        for type: UInt8 in [0, 99, 172, 255] { #expect(callsForLook(type), "type \(type)") }
        for type: UInt8 in [27, 41, 4, 25, 163] { #expect(!callsForLook(type), "type \(type)") }
    }

    @Test func `nothing that is cut off or garbled is read past its end`() async throws {
        let reader = try await LogReader(scene)
        try scene.sql("ALTER TABLE STATUS_PROCESS ADD COLUMN added DECIMAL(10, 2) DEFAULT 1 FIRST")
        try scene.sql("INSERT INTO PROCESE VALUES (77, 'x')")
        try scene.sql("INSERT INTO STATUS_PROCESS (process_id, alarma, notes) VALUES (77, 1, 'text')")
        try scene.sql("UPDATE STATUS_PROCESS SET alarma = 0, notes = NULL WHERE process_id = 77")
        _ = try await reader.looks()
        let events = await reader.events
        #expect(events.count > 10)
        func decode(_ events: [[UInt8]]) {
            var decoder = BinlogDecoder(
                schema: scene.settings.database, table: "STATUS_PROCESS", column: .init(index: 2, count: 5))
            for event in events {
                _ = decoder.take(event[...])
                if decoder.needsColumn { decoder.learn(.init(index: 2, count: 5)) }
            }
        }
        for (index, event) in events.enumerated() {
            for length in 0..<event.count {
                var cut = events
                cut[index] = Array(event.prefix(length))
                decode(cut)
            }
            for place in event.indices {
                for value: UInt8 in [0, 1, 0x7F, 0xFB, 0xFF] {
                    var garbled = events
                    garbled[index][place] = value
                    decode(garbled)
                }
            }
        }
    }
}
