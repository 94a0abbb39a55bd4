internal import MonitorCore

/// Tries whether the triggers that count alarms do so.
///
/// That they are there is not enough: they act for the account that created them, which may be gone, or may no longer
/// write to `MONITOR_ALARM`. So an alarm is raised as an application would, of a process at rest where there is one, in a
/// transaction that is rolled back: no other program sees it, and nothing of it stays. Where a table can't be rolled
/// back, nothing is tried.
enum TriggerTrial: Equatable {
    case counts
    /// The statement of an application succeeds, and nothing counts it.
    case countsNot
    /// The statement of an application fails: no alarm can be raised, and none be cleared.
    case fails(SQLError)
    /// There is no process, its row is locked, or this account may not try it.
    case notTried

    init(on status: String, in connection: any SQLConnection) throws(SQLError) {
        self = .notTried
        let table = TableNames.reference(to: status, in: connection.dialect)
        guard try connection.scalar(connection.dialect.rollsBack, [.text(status)]) != nil else { return }
        let revision = "SELECT revision FROM MONITOR_ALARM WHERE process_id = ?"
        var isRaising = false
        do {
            let query = "SELECT process_id FROM \(table) WHERE process_id IS NOT NULL ORDER BY alarma LIMIT 1"
            let id = try connection.scalar(query)
            guard let id, id != .null else { return }
            let before = try connection.scalar(revision, [id])?.integer ?? 0
            for statement in connection.dialect.asApplication { try connection.run(statement) }
            try connection.run(connection.dialect.beginWriting)
            isRaising = true
            let raise = "UPDATE \(table) SET alarma = 1 WHERE process_id = ?"
            let raised = try connection.execute(raise, [id], keeps: false).affectedRows
            let after = try connection.scalar(revision, [id])?.integer ?? 0
            try connection.run("ROLLBACK")
            for statement in connection.dialect.asMonitor { try connection.run(statement) }
            if raised > 0 { self = after > before ? .counts : .countsNot }
        } catch {
            guard !error.endsConnection else { throw error }
            if isRaising { try connection.run("ROLLBACK") }
            for statement in connection.dialect.asMonitor { try connection.run(statement) }
            // A row that is locked, or a trigger of the application's that refuses, says nothing of ours.
            if isRaising, error.code == .schema { self = .fails(error) }
        }
    }

    /// Only making the triggers anew helps.
    var isBroken: Bool {
        switch self {
        case .countsNot, .fails: true
        case .counts, .notTried: false
        }
    }

    /// What log and tool say where nothing counts, with the remedy.
    static let remark = """
        the triggers that count alarms are gone, or may no longer write to MONITOR_ALARM: an alarm raised again is told \
        by its note alone; let an administrator run 'monitorctl init', then restart monitord
        """
}
