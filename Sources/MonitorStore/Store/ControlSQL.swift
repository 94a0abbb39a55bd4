internal import MonitorCore

/// The statements of ``ControlStore``.
struct ControlSQL {
    /// All processes with what stands beside them. Parameters: host, host; none where state is not persisted.
    let processes: String
    let idsOfName: String
    let nameOfID: String
    let largestID: String
    /// Parameters: id, name.
    let insertProcess: String
    /// Adds the row that a process lacks. Parameters: alarm, note, id.
    let insertStatus: String
    /// What removes a process, in the order of the foreign keys. Parameter of each: id.
    let removal: [String]

    private let status: String

    init(_ session: SQLSession) {
        let dialect = session.connection.dialect
        let (process, status) = (dialect.quoted(session.tables.process), dialect.quoted(session.tables.status))
        let columns = StateColumns(
            dialect, persistsState: session.capabilities.persistsState,
            countsRevisions: session.capabilities.countsRevisions)
        self.status = status
        processes = """
            SELECT p.process_id, p.process_name, s.alarma, s.sound, s.notes, \(columns.revision), \(columns.age), \
            \(columns.breaker), \(columns.hold) FROM \(process) p \
            LEFT JOIN \(status) s ON s.process_id = p.process_id\(columns.joins(on: "p.process_id")) \
            ORDER BY p.process_name, p.process_id
            """
        idsOfName = "SELECT process_id FROM \(process) WHERE process_name = ?"
        nameOfID = "SELECT process_name FROM \(process) WHERE process_id = ?"
        largestID = "SELECT MAX(process_id) FROM \(process)"
        insertProcess = "INSERT INTO \(process) (process_id, process_name) VALUES (?, ?)"
        insertStatus = """
            INSERT INTO \(status) (process_id, alarma, notes) \
            SELECT process_id, ?, ? FROM \(process) WHERE process_id = ?
            """
        let own = ["MONITOR_ALARM", "MONITOR_BREAKER", "MONITOR_HOLD", "MONITOR_HISTORY"]
        removal =
            ([status, process] + (session.capabilities.persistsState ? own : []))
            .map { "DELETE FROM \($0) WHERE process_id = ?" }
    }

    /// Parameters: note if one is written, id.
    func setAlarm(withNote: Bool) -> String {
        "UPDATE \(status) SET alarma = 1\(withNote ? ", notes = ?" : "") WHERE process_id = ?"
    }

    /// Parameters: note if one is written, id.
    func clearAlarm(withNote: Bool) -> String {
        "UPDATE \(status) SET alarma = 0\(withNote ? ", notes = ?" : "") WHERE process_id = ?"
    }

    /// Closes a breaker, as ``CircuitBreaker/reset()`` does. Parameters: host, id.
    ///
    /// One statement, so that nothing that a daemon writes meanwhile is overwritten.
    static let resetBreaker = """
        UPDATE MONITOR_BREAKER SET state = 'closed', failures = 0, generation = generation + 1, openings = 0, \
        until_at = NULL, provisional_success = NULL WHERE host = ? AND process_id = ?
        """
    static let deleteHold = "DELETE FROM MONITOR_HOLD WHERE host = ? AND process_id = ?"
    /// Parameters: host, id, and the four of a hold.
    static let writeHold = """
        REPLACE INTO MONITOR_HOLD (host, process_id, held_since, held_until, reason, held_by) VALUES (?, ?, ?, ?, ?, ?)
        """
    /// Parameters: host, now.
    static let daemon = """
        SELECT instance, pid, version, state, started_at, last_poll, next_beat_by FROM MONITOR_DAEMON WHERE host = ? \
        ORDER BY CASE WHEN state = 'running' AND next_beat_by >= ? THEN 0 ELSE 1 END, started_at DESC LIMIT 1
        """

    private static let entry = "process_name, kind, happened_at, duration, attempts, detail"

    /// The last entry of each process that is no operator's doing. Parameter: host.
    static let lastEntries = """
        SELECT h.process_id, h.process_name, h.kind, h.happened_at, h.duration, h.attempts, h.detail \
        FROM MONITOR_HISTORY h JOIN (SELECT MAX(id) AS id FROM MONITOR_HISTORY WHERE host = ? \
        AND kind NOT IN ('reset', 'held', 'released') GROUP BY process_id) latest ON latest.id = h.id
        """

    /// Parameters: host, the names, limit.
    static func history(ofNames marks: String?) -> String {
        let condition = marks.map { " AND process_name IN (\($0.isEmpty ? "NULL" : $0))" } ?? ""
        return "SELECT \(entry) FROM MONITOR_HISTORY WHERE host = ?\(condition) ORDER BY id DESC LIMIT ?"
    }
}
