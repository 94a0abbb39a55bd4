internal import MonitorCore

/// Brings the tables of a database to the version of this build; may run in many programs at once.
struct SchemaMigrator {
    let connection: any SQLConnection
    /// What was done, a line each.
    private(set) var report: [String] = []
    /// What could not be done, and what mends it.
    private(set) var remarks: [String] = []
    /// Tables of an older version were there.
    private var hasUpgraded = false
    /// The triggers are there, and do not count.
    private var hasBrokenTriggers = false

    init(_ connection: any SQLConnection) { self.connection = connection }

    /// Creates what is missing.
    ///
    /// - Parameters:
    ///   - createsApplicationTables: also the two tables of the application, where they are missing.
    ///   - addsIndex: also an index on `alarma`.
    mutating func migrate(createsApplicationTables: Bool, addsIndex: Bool) throws(SQLError) {
        hasBrokenTriggers = try areTriggersBroken()
        let lock = SchemaLock(connection)
        try lock.acquire()
        do {
            if createsApplicationTables { try createApplicationTables() }
            let tables = try TableSurvey(connection).requiredApplication
            try migrateOwnTables()
            try createTriggers(on: tables.status)
            if addsIndex { try createIndex(on: tables.status) }
            try lock.release()
        } catch {
            lock.abandon()
            throw error
        }
    }

    private mutating func createApplicationTables() throws(SQLError) {
        for table in try TableSurvey(connection).missing {
            let process = try TableSurvey(connection).name(of: TableNames.specified.process)
            try connection.run(
                Schema.applicationTable(table, process: process ?? TableNames.specified.process, in: connection.dialect)
            )
            report.append("created table \(table)")
        }
    }

    private mutating func migrateOwnTables() throws(SQLError) {
        let present = try SchemaState(connection).version
        for upgrade in SchemaUpgrade.all where upgrade.version > present {
            try refuseBesideFirstVersion()
            for step in upgrade.steps(connection.dialect) where try isDue(step.condition) {
                try connection.run(step.statement)
            }
            try SchemaState.set(.version, to: Int64(upgrade.version), in: connection)
            report.append("brought the tables of the monitor (MONITOR_…) to version \(upgrade.version)")
            hasUpgraded = present > 0
        }
        for step in try missingParts() {
            try connection.run(step.statement)
            report.append("added \(step.what)")
        }
    }

    /// What tables of this version lack that were made before it was finished.
    private func missingParts() throws(SQLError) -> [(what: String, statement: String)] {
        let survey = try TableSurvey(connection)
        var parts: [(what: String, statement: String)] = []
        for table in Schema.secondTables where survey.name(of: table.name) == nil {
            parts += connection.dialect.statements(creating: table).map { ("table \(table.name)", $0) }
        }
        for column in Schema.laterColumns where try isDue(.noColumn(column.name, of: column.table)) {
            let statement = "ALTER TABLE \(column.table) ADD COLUMN \(column.name) \(column.type)"
            parts.append(("column \(column.name) of \(column.table)", statement))
        }
        return parts
    }

    /// Whether the monitor's tables have all that this version has.
    static func areComplete(_ connection: any SQLConnection) throws(SQLError) -> Bool {
        try SchemaMigrator(connection).missingParts().isEmpty
    }

    func isDue(_ condition: SchemaUpgrade.Step.Condition) throws(SQLError) -> Bool {
        switch condition {
        case .always: true
        case .table(let table): try TableSurvey(connection).name(of: table) != nil
        case .column(let column, let table): try TableSurvey.hasColumn(column, of: table, in: connection)
        case .noColumn(let column, let table): try !TableSurvey.hasColumn(column, of: table, in: connection)
        }
    }

    /// A daemon of version 1 that is alive works on the tables as they are: it would lose its breakers and holds.
    private func refuseBesideFirstVersion() throws(SQLError) {
        guard try TableSurvey(connection).name(of: "MONITOR_DAEMON") != nil else { return }
        let now = Timestamp.wallClock()
        let alive = try connection.execute(
            """
            SELECT host, pid, version FROM MONITOR_DAEMON WHERE state = 'running' AND next_beat_by BETWEEN ? AND ? \
            ORDER BY host
            """, [SQLValue(now), SQLValue(now + Heartbeat.longestLease)], keeps: false
        ).rows
        guard let first = alive.first else { return }
        throw SQLError(
            .schema,
            reason: """
                the tables of the monitor are of version 1, and monitord \(first[2].text ?? "?") on host \
                '\(first[0].text ?? "?")' (pid \(first[1].text ?? "?")) works on them: stop it, then this one \
                brings them to version \(Schema.version)
                """)
    }

    /// Tries the triggers where there should be some: before the lock, which is a transaction of its own on SQLite.
    private func areTriggersBroken() throws(SQLError) -> Bool {
        let survey = try TableSurvey(connection)
        guard survey.missing.isEmpty, !connection.isReadOnly else { return false }
        let (status, state) = (try survey.requiredApplication.status, try SchemaState(connection))
        guard state.version == Schema.version, state.countsRevisions else { return false }
        return try TriggerTrial(on: status, in: connection).isBroken
    }

    /// Creates the triggers; a refusal is a remark, because the monitor works without them.
    private mutating func createTriggers(on status: String) throws(SQLError) {
        let state = try SchemaState(connection)
        let missing = try state.missingTriggers(on: status, in: connection)
        let broken = hasBrokenTriggers && missing.isEmpty ? Schema.triggers(in: connection.dialect, on: status) : []
        do {
            // They act with our privileges: where these don't suffice, they would count nothing.
            if let counting = connection.dialect.countingStatement, !(missing + broken).isEmpty {
                try connection.prepare(counting)
            }
            for trigger in missing {
                try connection.run(trigger.statement)
                report.append("created trigger \(trigger.name)")
            }
            for trigger in broken {
                try connection.run("DROP TRIGGER \(trigger.name)")
                try connection.run(trigger.statement)
                report.append("created trigger \(trigger.name) anew: the account that it acted for could not count")
            }
            // Only then, and both count in between: no alarm is raised unseen.
            for name in try state.formerTriggers(on: status, in: connection) {
                try connection.run("DROP TRIGGER \(name)")
                report.append("dropped trigger \(name) of an older version")
            }
            if !state.countsRevisions { try SchemaState.set(.countsRevisions, to: 1, in: connection) }
        } catch let error where error.code == .denied || error.code == .rejected {
            // For want of a privilege; or the table is a view, which can't have triggers.
            // Who may not create triggers may not see those that are there, either.
            guard !state.countsRevisions || hasUpgraded || hasBrokenTriggers else { return }
            remarks.append(
                """
                cannot create the triggers that count alarms: \(error.reason); let an administrator run \
                'monitorctl init', with log_bin_trust_function_creators = 1 where the server writes a binary log
                """)
        }
    }

    private mutating func createIndex(on status: String) throws(SQLError) {
        guard try !AlarmIndex.exists(on: status, in: connection) else { return }
        do {
            let table = TableNames.reference(to: status, in: connection.dialect)
            try connection.run("CREATE INDEX \(Schema.alarmIndex) ON \(table) (alarma)")
            report.append("added index \(Schema.alarmIndex) on \(status) (alarma)")
        } catch let error where error.code == .rejected {
            // The table is a view.
            remarks.append("cannot add an index on alarma, without which each poll reads every row: \(error.reason)")
        }
    }
}

/// Lets one program at a time change the tables.
struct SchemaLock {
    private let connection: any SQLConnection

    /// How often it is asked for: the tenth of ten daemons waits for nine.
    private static let tries = 6

    init(_ connection: any SQLConnection) { self.connection = connection }

    func acquire() throws(SQLError) {
        let lock = connection.dialect.schemaLock
        guard lock.isQuery else { return try connection.run(lock.acquire) }
        for _ in 0..<Self.tries where try connection.scalar(lock.acquire)?.integer == 1 { return }
        throw SQLError(.busy, reason: "another program is creating the tables")
    }

    func release() throws(SQLError) { try end(connection.dialect.schemaLock.release) }

    /// Gives up after an error, which is what the caller will hear of.
    func abandon() { try? end(connection.dialect.schemaLock.abandon) }

    private func end(_ statement: String) throws(SQLError) {
        if connection.dialect.schemaLock.isQuery {
            _ = try connection.scalar(statement)
        } else {
            try connection.run(statement)
        }
    }
}
