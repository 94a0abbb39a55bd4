import MonitorCore
import TestSupport
import Testing

@testable import MonitorStore

/// What calls for a look, of what a real server logs.
@Suite(.needsMariaDB) struct BinlogDecoderTests {
    private let scene: SQLScene

    init() async throws { scene = try await SQLScene.make(.mariadb) }

    @Test func `a transaction that writes rows calls for one poll, other tables and deleted rows for none`()
        async throws
    {
        let reader = try await LogReader(scene)
        try scene.sql("UPDATE PROCESE SET process_name = CONCAT('new', process_id)")
        #expect(try await reader.looks() == 0, "another table")
        try scene.sql("UPDATE STATUS_PROCESS SET alarma = 1, notes = 'down'")
        #expect(try await reader.looks() == 1, "several rows, one transaction")
        try scene.sql("DELETE FROM STATUS_PROCESS WHERE process_id = 1")
        #expect(try await reader.looks() == 0, "deleted")
        try scene.sql("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (1, 1)")
        #expect(try await reader.looks() == 1, "inserted")
        try scene.sql("UPDATE STATUS_PROCESS SET sound = 1 - sound")
        #expect(try await reader.looks() == 1, "what was written is not read")
    }

    @Test func `a write is found in a transaction with thousands of others'`() async throws {
        let connection = try scene.connection()
        try connection.run("INSERT INTO PROCESE SELECT seq, CONCAT('p', seq) FROM seq_1000_to_4000")
        let reader = try await LogReader(scene)
        try connection.run("START TRANSACTION")
        try connection.run("UPDATE PROCESE SET process_name = CONCAT('q', process_id)")
        try connection.run("COMMIT")
        #expect(try await reader.looks() == 0)
        try connection.run("START TRANSACTION")
        try connection.run("UPDATE PROCESE SET process_name = CONCAT('r', process_id)")
        try connection.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 2")
        try connection.run("UPDATE PROCESE SET process_name = CONCAT('s', process_id)")
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
    }

    @Test func `a table that is changed, or made anew, is known again`() async throws {
        let reader = try await LogReader(scene)
        try scene.sql("ALTER TABLE STATUS_PROCESS ADD COLUMN added VARCHAR(20) DEFAULT 'x' FIRST")
        #expect(try await reader.looks() == 1, "the change itself")
        try scene.sql("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id = 1")
        #expect(try await reader.looks() == 1)
        try scene.sql("RENAME TABLE STATUS_PROCESS TO AWAY")
        #expect(try await reader.looks() == 1)
        try scene.sql("UPDATE AWAY SET alarma = 1")
        #expect(try await reader.looks() == 0, "it is another table now")
        try scene.sql("RENAME TABLE AWAY TO STATUS_PROCESS")
        #expect(try await reader.looks() == 1)
        try scene.sql("UPDATE STATUS_PROCESS SET alarma = 1, sound = 1 WHERE process_id = 1")
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
        var decoder = BinlogDecoder(schema: "s", table: "t")
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
            var decoder = BinlogDecoder(schema: scene.settings.database, table: "STATUS_PROCESS")
            for event in events { _ = decoder.take(event[...]) }
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
