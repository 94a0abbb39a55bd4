internal import MonitorCore

/// Brings the tables of a database to the version of this build; may run in many programs at once.
struct SchemaMigrator {
    let connection: any SQLConnection
    /// What was done, a line each.
    private(set) var report: [String] = []
    /// What could not be done, and what mends it.
    private(set) var remarks: [String] = []

    init(_ connection: any SQLConnection) { self.connection = connection }

    /// Creates what is missing.
    ///
    /// - Parameters:
    ///   - createsApplicationTables: also the two tables of the application, where they are missing.
    ///   - addsIndex: also an index on `alarma`.
    mutating func migrate(createsApplicationTables: Bool, addsIndex: Bool) throws(SQLError) {
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
        for (index, migration) in Schema.migrations.enumerated().dropFirst(present) {
            for statement in migration.statements(connection.dialect) { try connection.run(statement) }
            try SchemaState.set(.version, to: Int64(index + 1), in: connection)
            report.append("brought the tables of the monitor (MONITOR_…) to version \(index + 1)")
        }
    }

    /// Creates the triggers; a refusal is a remark, because the monitor works without them.
    private mutating func createTriggers(on status: String) throws(SQLError) {
        let state = try SchemaState(connection)
        let missing = try state.missingTriggers(on: status, in: connection)
        do {
            // They act with our privileges: where these don't suffice, they would count nothing.
            if !missing.isEmpty, connection.dialect == .mariadb { try connection.prepare(Self.counting) }
            for trigger in missing {
                try connection.run(trigger.statement)
                report.append("created trigger \(trigger.name)")
            }
            if !state.countsRevisions { try SchemaState.set(.countsRevisions, to: 1, in: connection) }
        } catch let error where error.code == .denied || error.code == .rejected {
            // For want of a privilege; or the table is a view, which can't have triggers.
            // Who may not create triggers may not see those that are there, either.
            guard !state.countsRevisions else { return }
            remarks.append(
                """
                cannot create the triggers that count alarms: \(error.reason); let an administrator run \
                'monitorctl init', with log_bin_trust_function_creators = 1 where the server writes a binary log
                """)
        }
    }

    /// Needs the privileges on `MONITOR_ALARM` that the triggers need.
    private static let counting =
        "INSERT INTO MONITOR_ALARM (process_id, revision) VALUES (0, 0) ON DUPLICATE KEY UPDATE revision = revision"

    private mutating func createIndex(on status: String) throws(SQLError) {
        guard try !AlarmIndex.exists(on: status, in: connection) else { return }
        try connection.run(
            "CREATE INDEX \(Schema.alarmIndex) ON \(TableNames.reference(to: status, in: connection.dialect)) (alarma)")
        report.append("added index \(Schema.alarmIndex) on \(status) (alarma)")
    }
}
