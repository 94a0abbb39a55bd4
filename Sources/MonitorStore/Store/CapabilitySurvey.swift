internal import MonitorCore

/// Finds out what a store can do with the tables and privileges that it has.
struct CapabilitySurvey {
    private(set) var persistsState = false
    private(set) var countsRevisions = false
    /// What is missing, and what mends it.
    private(set) var remarks: [String] = []
    private let connection: any SQLConnection

    init(_ connection: any SQLConnection) { self.connection = connection }

    /// Creates what is missing, where that is allowed; the application's two tables only in a file of our own.
    mutating func createWhatIsMissing() throws(SQLError) {
        let isEmbedded = connection.dialect == .sqlite
        guard try !isComplete(isEmbedded: isEmbedded) else { return }
        var migrator = SchemaMigrator(connection)
        do {
            try migrator.migrate(createsApplicationTables: isEmbedded, addsIndex: false)
        } catch let error where error.code == .denied || error.code == .unwritable {
            // What that means is seen, and said, when the tables are looked at.
        }
        remarks += migrator.remarks
    }

    private func isComplete(isEmbedded: Bool) throws(SQLError) -> Bool {
        let survey = try TableSurvey(connection)
        if isEmbedded && !survey.missing.isEmpty { return false }
        let tables = try survey.requiredApplication
        let state = try SchemaState(connection)
        guard state.version == Schema.version, state.countsRevisions else { return false }
        return try state.missingTriggers(on: tables.status, in: connection).isEmpty
    }

    /// Reads which tables there are.
    mutating func look() throws(SQLError) {
        let state = try SchemaState(connection)
        // Neither used nor ignored: a daemon that did without would forget breakers, and restart what is held.
        if state.isOutdated { throw state.outdated }
        persistsState = state.version == Schema.version
        countsRevisions = persistsState && state.countsRevisions
    }

    /// Takes note that revisions seem to tell nothing, unless the triggers are seen to be there.
    mutating func findUncounted(on status: String) throws(SQLError) {
        guard countsRevisions else { return }
        guard try !SchemaState(connection).missingTriggers(on: status, in: connection).isEmpty else { return }
        countsRevisions = false
        remarks.append(RevisionWatch.remark)
    }

    /// Sees whether the privileges suffice for a daemon; those on the monitor's own tables are not essential.
    ///
    /// Nothing is written: a server checks privileges when it prepares a statement.
    mutating func checkPrivileges(on tables: TableNames) throws(SQLError) {
        if persistsState {
            let sql = AlarmSQL(
                connection.dialect, tables, persistsState: true, countsRevisions: countsRevisions)
            for statement in sql.stateful where persistsState { persistsState = try isAllowed(statement) }
            countsRevisions = countsRevisions && persistsState
        }
        if !persistsState { remarks = [memoryOnly] }
        let sql = AlarmSQL(
            connection.dialect, tables, persistsState: persistsState, countsRevisions: countsRevisions)
        for statement in sql.essential { try connection.prepare(statement) }
    }

    private func isAllowed(_ statement: String) throws(SQLError) -> Bool {
        do {
            try connection.prepare(statement)
            return true
        } catch let error where error.code == .denied {
            return false
        }
    }

    private var memoryOnly: String {
        let remedy = ["'monitorctl init'"] + connection.statements(granting: Grants.state)
        return """
            the tables of the monitor (MONITOR_…) are missing or closed to this account: breakers live in memory only, \
            there are no holds and no history, and an alarm raised again is told by its note alone; let an \
            administrator run \(remedy.joined(separator: "; "))
            """
    }
}
