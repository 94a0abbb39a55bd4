internal import MonitorCore

/// Finds out what a store can do with the tables and privileges that it has.
struct CapabilitySurvey {
    private(set) var persistsState = false
    private(set) var countsRevisions = false
    /// What is missing, and what mends it.
    private(set) var remarks: [String] = []
    /// What came of trying the triggers; nil where that was not done.
    private(set) var trial: TriggerTrial?
    private let connection: any SQLConnection

    init(_ connection: any SQLConnection) { self.connection = connection }

    /// Creates what is missing, where that is allowed; the application's two tables only in a file of our own.
    mutating func createWhatIsMissing() throws(SQLError) {
        let isEmbedded = connection.dialect.isEmbedded
        guard try !isComplete(isEmbedded: isEmbedded) else { return }
        trial = nil
        var migrator = SchemaMigrator(connection)
        do {
            try migrator.migrate(createsApplicationTables: isEmbedded, addsIndex: false)
        } catch let error where error.code == .denied || error.code == .unwritable {
            // What that means is seen, and said, when the tables are looked at.
        }
        remarks += migrator.remarks
    }

    private mutating func isComplete(isEmbedded: Bool) throws(SQLError) -> Bool {
        let survey = try TableSurvey(connection)
        if isEmbedded && !survey.missing.isEmpty { return false }
        let tables = try survey.requiredApplication
        let state = try SchemaState(connection)
        guard state.version == Schema.version, state.countsRevisions else { return false }
        guard try SchemaMigrator.areComplete(connection),
            try state.missingTriggers(on: tables.status, in: connection).isEmpty
        else { return false }
        let trial = try TriggerTrial(on: tables.status, in: connection)
        self.trial = trial
        return !trial.isBroken
    }

    /// Reads which tables there are.
    mutating func look() throws(SQLError) {
        let state = try SchemaState(connection)
        // Neither used nor ignored: a daemon that did without would forget breakers, and restart what is held.
        if state.isOutdated { throw state.outdated }
        persistsState = state.version == Schema.version
        countsRevisions = persistsState && state.countsRevisions
    }

    /// Tries the triggers, where they are said to be there, unless that was done.
    ///
    /// - Parameter seemsUncounted: alarms were seen that nothing had counted.
    mutating func tryTriggers(on status: String, seemsUncounted: Bool = false) throws(SQLError) {
        guard countsRevisions else { return }
        let trial = if let trial { trial } else { try TriggerTrial(on: status, in: connection) }
        self.trial = trial
        switch trial {
        case .counts, .fails: return
        case .countsNot: break
        case .notTried:
            guard seemsUncounted, try !SchemaState(connection).missingTriggers(on: status, in: connection).isEmpty
            else { return }
        }
        countsRevisions = false
        remarks.append(TriggerTrial.remark)
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
