import MonitorCore
import MonitorStore
import MonitorStoreConformance
import TestSupport
import Testing

/// Accounts with exactly the privileges that are written down.
@Suite(.needsMariaDB) struct MariaDBGrantsTests {
    private let database: TestDatabase
    private let user: String

    init() async throws {
        database = try await MariaDBServer.shared.makeDatabase()
        user = "monitor\(database.name)"
    }

    private func grant(_ grants: [Grants.Grant]) async throws {
        try await database.makeUser(user, granting: [])
        for grant in grants {
            try await database.root.run(grant.statement(database: database.name, account: "'\(user)'@'localhost'"))
        }
    }

    /// The tables as the specification has them, with a process in alarm.
    private func makeApplicationTables() async throws {
        try await database.root.run([
            Schema.applicationTable("PROCESE"), Schema.applicationTable("STATUS_PROCESS"),
            "INSERT INTO PROCESE VALUES (1, 'web')", "INSERT INTO STATUS_PROCESS VALUES (1, 1, 1, 'down')",
        ])
    }

    @Test func `the daemon's grants suffice for all that it does`() async throws {
        let store = try await database.initializedStore()
        _ = try await store.addProcess(ProcessName("web"), id: 1)
        try await grant(Grants.application + Grants.state)
        let daemon = database.store(user: user)
        let capabilities = try await daemon.open()
        #expect(capabilities.persistsState && capabilities.countsRevisions)
        #expect(capabilities.remarks.isEmpty)
        let alarm = try await store.raise(1)
        #expect(try await daemon.poll().map(\.revision) == [alarm.revision])
        #expect(try await daemon.claim(alarm.claimRequest()) == .claimed)
        try await daemon.heartbeat(.example(at: .wallClock()))
        try await daemon.heartbeat(.example(at: .wallClock()))
        #expect(try await daemon.complete(alarm.report()).alarm == .cleared)
        let again = try await store.raise(1)
        let failure = again.report("one-2", outcome: .failed)
        #expect(try await daemon.complete(failure).alarm == .untouched)
    }

    @Test func `without one of the daemon's grants something is missing`() async throws {
        _ = try await database.initializedStore()
        for missing in Grants.state where missing.table != "MONITOR_HOLD" {
            try await grant((Grants.application + Grants.state).filter { $0 != missing })
            let capabilities = try await database.store(user: user).open()
            #expect(!(capabilities.persistsState && capabilities.countsRevisions), "\(missing.table)")
            try await database.root.run("DROP USER '\(user)'@'localhost'")
        }
    }

    @Test func `the tool's grants suffice for every verb but init`() async throws {
        _ = try await database.initializedStore()
        try await grant(Grants.tool)
        let tool = database.store(user: user)
        let id = try await tool.addProcess(ProcessName("web"), id: nil)
        try await tool.raise([id], .act(of: "ann", note: "test"))
        try await tool.reset([id], by: "eva")
        try await tool.hold([id], Hold(since: .wallClock()))
        try await tool.hold([id], Hold(since: .wallClock(), reason: "again"))
        #expect(try await tool.status(id).hold?.reason == "again")
        try await tool.release([id], by: "eva")
        #expect(try await tool.history(of: nil, limit: 10).count == 6)
        #expect(try await tool.daemon() == nil)
        try await tool.clearAlarm([id], note: nil, as: .alarmCleared, by: "ann")
        try await tool.removeProcess(id)
        #expect(try await tool.processes(named: nil).isEmpty)
    }

    @Test func `the two tables alone will do, and it is said what is missing`() async throws {
        try await makeApplicationTables()
        try await grant(Grants.application)
        let daemon = database.store(user: user)
        let capabilities = try await daemon.open()
        #expect(!capabilities.persistsState && !capabilities.countsRevisions)
        let remark = try #require(capabilities.remarks.first)
        #expect(capabilities.remarks.count == 1)
        #expect(
            remark.contains(
                "GRANT SELECT, INSERT, UPDATE ON `\(database.name)`.`MONITOR_BREAKER` TO '\(user)'@'localhost'"))
        #expect(remark.contains("monitorctl init"))

        let alarm = try #require(try await daemon.poll().first)
        #expect(alarm.name == "web" && alarm.notes == "down" && alarm.revision == nil && alarm.raisedAt == nil)
        var start = alarm.claimRequest()
        start.breaker.reset()
        #expect(try await daemon.claim(start) == .claimed)
        #expect(try await daemon.claim(alarm.claimRequest(by: "here-2")) == .conflict, "the breaker is remembered")
        #expect(try await daemon.poll().first?.claim?.instance == "here-1")
        try await daemon.heartbeat(.example(at: .wallClock()))
        let report = try #require(try await daemon.poll().first).report()
        #expect(try await daemon.complete(report) == CompletionResult(alarm: .cleared, breakerApplied: true))
        #expect(try await daemon.complete(report) == CompletionResult(alarm: .cleared, breakerApplied: true))
        let rows = try await database.root.rows("SELECT * FROM STATUS_PROCESS")
        #expect(rows == [["1", "0", "1", "recovered"]])
        #expect(try await database.root.rows("SHOW TABLES") == [["PROCESE"], ["STATUS_PROCESS"]])
    }

    @Test(arguments: ["down again", "DOWN", "dówn", ""])
    func `without revisions an alarm raised again is told by its note, letter by letter`(note: String) async throws {
        try await makeApplicationTables()
        try await grant(Grants.application)
        let daemon = database.store(user: user)
        _ = try await daemon.open()
        let alarm = try #require(try await daemon.poll().first)
        try await database.root.run("UPDATE STATUS_PROCESS SET alarma = 1, notes = '\(note)'")
        #expect(try await daemon.complete(alarm.report()).alarm == .raisedAgain)
        let newer = try #require(try await daemon.poll().first)
        #expect(try await daemon.complete(newer.report("one-2")).alarm == .cleared)
    }

    @Test func `without revisions a note that is NULL is a note like any other`() async throws {
        try await makeApplicationTables()
        try await grant(Grants.application)
        try await database.root.run("UPDATE STATUS_PROCESS SET notes = NULL")
        let daemon = database.store(user: user)
        _ = try await daemon.open()
        let alarm = try #require(try await daemon.poll().first)
        #expect(try await daemon.complete(alarm.report()).alarm == .cleared)
    }

    @Test func `an account that may not write the two tables is refused with the grant that mends it`() async throws {
        try await makeApplicationTables()
        try await grant([Grants.Grant("PROCESE", "SELECT"), Grants.Grant("STATUS_PROCESS", "SELECT, UPDATE (notes)")])
        let error = try await #require(throws: StoreError.self) { _ = try await database.store(user: user).open() }
        #expect(error.code == .denied)
        #expect(
            error.description.contains("GRANT SELECT, UPDATE (alarma, notes) ON `\(database.name)`.`STATUS_PROCESS`"))
    }

    @Test func `tables that are there and not granted are told as such, with the grant`() async throws {
        try await makeApplicationTables()
        // The account may do something in the database, so it is let in.
        try await database.root.run("CREATE TABLE OTHER (a INT)")
        try await grant([Grants.Grant("OTHER", "SELECT")])
        for open in [true, false] {
            let store = database.store(user: user)
            let error = try await #require(throws: StoreError.self) {
                if open { _ = try await store.open() } else { _ = try await store.processes(named: nil) }
            }
            #expect(error.code == .denied)
            #expect(
                error.description.contains("; GRANT SELECT ON `\(database.name)`.`PROCESE` TO '\(user)'@'localhost'"))
            #expect(!error.description.contains("creates the tables"))
        }
    }

    @Test func `init without the privilege to create is told what creates`() async throws {
        try await makeApplicationTables()
        try await grant(Grants.application)
        let error = try await #require(throws: StoreError.self) {
            _ = try await database.store(user: user).initialize(addsIndex: true)
        }
        #expect(error.code == .denied)
        #expect(error.description.contains("let an administrator run 'monitorctl init'"), "\(error)")
        #expect(
            error.description.contains(
                "; GRANT \(Grants.creation.privileges) ON `\(database.name)`.* TO '\(user)'@'localhost'"))
    }

    @Test(arguments: ["notes", "alarma"])
    func `a table of the application without a column is told what adds it`(column: String) async throws {
        try await makeApplicationTables()
        try await database.root.run("ALTER TABLE STATUS_PROCESS DROP COLUMN \(column)")
        let error = try await #require(throws: StoreError.self) { _ = try await database.store().open() }
        #expect(error.code == .schema)
        #expect(error.description.contains("; ALTER TABLE STATUS_PROCESS ADD COLUMN \(column) "), "\(error)")
        #expect(!error.description.contains("creates the tables"))
    }

    @Test(arguments: [
        ("CREATE command denied to user 'm'@'h' for table `d`.`MONITOR_SCHEMA`", Grants.creation),
        ("INDEX command denied to user 'm'@'h' for table 'STATUS_PROCESS'", Grants.creation),
        ("TRIGGER command denied to user 'm'@'h' for table 'STATUS_PROCESS'", Grants.creation),
        ("SELECT command denied to user 'm'@'h' for table 'PROCESE'", Grants.application[0]),
        ("SELECT, UPDATE command denied to user 'm'@'h' for table 'STATUS_PROCESS'", Grants.application[1]),
        (
            "DELETE command denied to user 'm'@'h' for table 'STATUS_PROCESS'",
            Grants.tool.first { $0.table == "STATUS_PROCESS" }!
        ),
    ])
    func `what mends a refusal is chosen by what was refused`(message: String, grant: Grants.Grant) {
        let remedy = Grants.remedy(for: message, account: "'m'@'h'", database: "d")
        #expect(remedy?.hasSuffix(grant.statement(database: "d", account: "'m'@'h'")) == true, "\(remedy ?? "nothing")")
    }

    @Test func `an account that sees nothing hears so`() async throws {
        try await makeApplicationTables()
        try await grant([])
        let error = try await #require(throws: StoreError.self) { _ = try await database.store(user: user).open() }
        #expect(error.code == .denied)
    }

    @Test func `holds and history without their tables are refused with the remedy`() async throws {
        try await makeApplicationTables()
        try await grant([Grants.Grant("PROCESE", "SELECT"), Grants.Grant("STATUS_PROCESS", "SELECT, UPDATE, INSERT")])
        let tool = database.store(user: user)
        #expect(try await tool.processes(named: nil).map(\.name) == ["web"])
        try await tool.raise([1], .act(of: "ann", note: "test"))
        for act in [
            { _ = try await tool.daemon() }, { try await tool.hold([1], Hold(since: .wallClock())) },
            { try await tool.reset([1], by: "eva") },
            { _ = try await tool.history(of: nil, limit: 1) },
        ] as [() async throws -> Void] {
            let error = try await #require(throws: StoreError.self) { try await act() }
            #expect(error.code == .schema)
            #expect(error.description.contains("monitorctl init"))
        }
    }

    @Test func `privileges taken away are told, and taken up again when they are back`() async throws {
        let store = try await database.initializedStore()
        _ = try await store.addProcess(ProcessName("web"), id: 1)
        try await grant(Grants.application + Grants.state)
        let daemon = database.store(user: user)
        _ = try await daemon.open()
        let alarm = try await store.raise(1)
        try await database.root.run("REVOKE SELECT ON \(database.name).PROCESE FROM '\(user)'@'localhost'")
        let error = try await #require(throws: StoreError.self) { _ = try await daemon.poll() }
        #expect(error.code == .denied)
        #expect(error.description.contains("GRANT SELECT ON `\(database.name)`.`PROCESE`"))
        try await database.root.run("GRANT SELECT ON \(database.name).PROCESE TO '\(user)'@'localhost'")
        #expect(try await daemon.poll().map(\.revision) == [alarm.revision])
    }

    @Test func `triggers are not created by an account that they would not work for`() async throws {
        _ = try await database.initializedStore()
        try await database.root.run([
            "DROP TRIGGER MONITOR_ALARM_UPDATE", "DELETE FROM MONITOR_SCHEMA WHERE item = 'counts_revisions'",
        ])
        let writesSchema = Grants.Grant("MONITOR_SCHEMA", "INSERT, UPDATE")
        let creates = Grants.Grant("STATUS_PROCESS", "TRIGGER")
        try await grant(Grants.application + Grants.state + [writesSchema, creates])
        let withoutPrivilege = try await database.store(user: user).open()
        #expect(!withoutPrivilege.countsRevisions && withoutPrivilege.persistsState)
        #expect(withoutPrivilege.remarks.count == 1)
        try await database.root.run(
            "GRANT INSERT, UPDATE ON \(database.name).MONITOR_ALARM TO '\(user)'@'localhost'")
        // The server writes a binary log, so that the privilege for triggers is not enough.
        let withoutSuper = try await database.store(user: user).open()
        #expect(!withoutSuper.countsRevisions)
        #expect(withoutSuper.remarks.first?.contains("log_bin_trust_function_creators = 1") == true)
        try await database.root.run("GRANT SUPER ON *.* TO '\(user)'@'localhost'")
        let withPrivilege = try await database.store(user: user).open()
        #expect(withPrivilege.countsRevisions && withPrivilege.remarks.isEmpty)
        #expect(try await database.root.rows("SHOW TRIGGERS").count == 2)
    }
}
