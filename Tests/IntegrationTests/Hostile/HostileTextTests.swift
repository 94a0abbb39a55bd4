import Foundation
import MonitorStore
import TestSupport
import Testing

/// Texts of the application that are too long, or none.
@Suite(.serialized) struct HostileTextTests {
    @Test func `a text of a million characters is cut where it is shown`() async throws {
        let canary = try await Canary(.sqlite)
        try await canary.configure(monitor: "host = here", Canary.quickService)
        for (id, character) in ["x", "\u{1B}", "🔥", "'"].enumerated() {
            try await canary.raise(String(repeating: character, count: 1_000_000), id: id + 1)
        }
        try await canary.raise("long-note", id: 9)
        try await canary.database.rows(
            "UPDATE STATUS_PROCESS SET alarma = 1, notes = ? WHERE process_id = 9",
            [.text(String(repeating: "\u{1B}[31m漢", count: 200_000))])
        let daemon = try canary.site.monitord()
        try await eventually("what has a good name is served", within: 60, in: daemon) {
            guard try await canary.isGoodServed() else { return false }
            return try await canary.alarms() == ["1", "2", "3", "4"]
        }
        #expect(daemon.log.utf8.count < 100_000)
        for arguments in [["status"], ["status", "--json"], ["history"], ["check"], ["process", "list"]] {
            let result = try await canary.site.ctl(arguments)
            #expect(result.output.obeyedByTerminals == [], "\(arguments)")
        }
        try await canary.end(daemon)
        HostileCase(through: "PROCESE, STATUS_PROCESS.notes (sqlite)", input: "1,000,000 characters", attempts: 5)
            .came(to: "name refused, note replaced, log and status escaped and cut")
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `bytes that are no text are refused as a name, and shown as marks`(backend: SQLScene.Backend) async throws {
        let canary = try await Canary(backend)
        if backend == .mariadb {
            for sql in [
                "CREATE TABLE PROCESE (process_id INT PRIMARY KEY, process_name VARBINARY(100))",
                """
                CREATE TABLE STATUS_PROCESS \
                (process_id INT PRIMARY KEY, alarma TINYINT, sound TINYINT, notes VARBINARY(100))
                """,
            ] { try await canary.database.rows(sql) }
        }
        try await canary.configure(monitor: "host = here", Canary.quickService)
        let names = ["ff66", "c0af", "eda080", "f8888080", "66c3"]
        for (index, bytes) in names.enumerated() {
            let text = backend == .mariadb ? "x'\(bytes)'" : "CAST(x'\(bytes)' AS TEXT)"
            try await canary.database.rows("INSERT INTO PROCESE VALUES (\(index + 1), \(text))")
            try await canary.database.rows(
                "INSERT INTO STATUS_PROCESS (process_id, alarma, notes) VALUES (\(index + 1), 1, x'1b5b33316dff')")
        }
        let daemon = try canary.site.monitord()
        try await eventually("the good one is served, the others are refused", within: 60, in: daemon) {
            guard try await canary.isGoodServed() else { return false }
            return daemon.log.components(separatedBy: "process.refused").count > names.count
        }
        #expect(try await canary.alarms() == names.indices.map { "\($0 + 1)" })
        for arguments in [["status"], ["status", "--json"], ["history"]] {
            let result = try await canary.site.ctl(arguments)
            #expect(result.output.obeyedByTerminals == [], "\(arguments)")
        }
        try await canary.end(daemon)
        HostileCase(
            through: "PROCESE row (\(backend))", input: "bytes " + names.joined(separator: ", "), attempts: names.count
        ).came(to: "refused, alarm stands")
    }
}
