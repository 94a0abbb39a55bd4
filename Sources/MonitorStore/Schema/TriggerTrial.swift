internal import MonitorCore

/// Tries whether the triggers that count alarms do so.
///
/// That they are there is not enough: they act for the account that created them, which may be gone, or may no longer
/// write to `MONITOR_ALARM`. So a process at rest is put in alarm, in a transaction that is rolled back: no other
/// program sees it, and nothing of it stays. Where a table can't be rolled back, nothing is tried.
enum TriggerTrial: Equatable {
    case counts
    /// The statement of an application succeeds, and nothing counts it.
    case countsNot
    /// The statement of an application fails: no alarm can be raised, and none be cleared.
    case fails(SQLError)
    /// No process is at rest, its row is locked, or this account may not try it.
    case notTried

    init(on status: String, in connection: any SQLConnection) throws(SQLError) {
        self = .notTried
        let table = TableNames.reference(to: status, in: connection.dialect)
        guard try connection.scalar(connection.dialect.rollsBack, [.text(status)]) != nil else { return }
        let revision = "SELECT revision FROM MONITOR_ALARM WHERE process_id = ?"
        var isRaising = false
        do {
            let id = try connection.scalar("SELECT process_id FROM \(table) WHERE alarma = 0 LIMIT 1")
            guard let id, id != .null else { return }
            let before = try connection.scalar(revision, [id])?.integer ?? 0
            try connection.run(connection.dialect.beginWriting)
            isRaising = true
            let raise = "UPDATE \(table) SET alarma = 1 WHERE process_id = ? AND alarma = 0"
            let raised = try connection.execute(raise, [id], keeps: false).affectedRows
            let after = try connection.scalar(revision, [id])?.integer ?? 0
            try connection.run("ROLLBACK")
            if raised > 0 { self = after > before ? .counts : .countsNot }
        } catch {
            guard !error.endsConnection else { throw error }
            if isRaising { try connection.run("ROLLBACK") }
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
