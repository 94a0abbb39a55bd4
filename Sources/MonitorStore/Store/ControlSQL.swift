internal import MonitorCore

/// The statements of ``ControlStore``, made for the tables that there are.
struct ControlSQL {
    private let process: String
    private let status: String
    private let columns: StateColumns
    private let persistsState: Bool

    init(_ session: SQLSession) {
        let dialect = session.connection.dialect
        process = TableNames.reference(to: session.tables.process, in: dialect)
        status = TableNames.reference(to: session.tables.status, in: dialect)
        persistsState = session.capabilities.persistsState
        columns = StateColumns(
            dialect, persistsState: persistsState, countsRevisions: session.capabilities.countsRevisions)
    }

    /// Everything of all processes, or of `count` names. Parameters: host three times (none where state is not
    /// persisted), the names.
    func processes(named count: Int?) -> String {
        let kinds = HistoryEntry.Kind.allCases.filter { !$0.isOperators }.map { "'\($0.rawValue)'" }
        let last = """
             LEFT JOIN MONITOR_HISTORY l ON l.id = (SELECT MAX(i.id) FROM MONITOR_HISTORY i WHERE i.host = ? \
            AND i.process_id = p.process_id AND i.kind IN (\(kinds.joined(separator: ", "))))
            """
        return """
            SELECT p.process_id, p.process_name, s.alarma, s.sound, s.notes, \(columns.age), \(columns.breaker), \
            \(columns.hold), \(persistsState ? Self.entry("l.") : "NULL, NULL, NULL, NULL, NULL, NULL") \
            FROM \(process) p LEFT JOIN \(status) s ON s.process_id = p.process_id\
            \(columns.joins(on: "p.process_id"))\(persistsState ? last : "")\(Self.names("WHERE p.process_name", count))
            """
    }

    /// Parameters: host, the names, the limit.
    func history(of count: Int?) -> String {
        """
        SELECT \(Self.entry("")) FROM MONITOR_HISTORY WHERE host = ?\(Self.names("AND process_name", count)) \
        ORDER BY id DESC LIMIT ?
        """
    }

    private static func entry(_ prefix: String) -> String {
        ["process_name", "kind", "happened_at", "duration", "attempts", "detail"].map { prefix + $0 }
            .joined(separator: ", ")
    }

    /// A condition for `count` names; none for nil.
    private static func names(_ column: String, _ count: Int?) -> String {
        guard let count else { return "" }
        // IN wants one at least, and nothing is equal to NULL.
        return " \(column) IN (\(count == 0 ? "NULL" : Array(repeating: "?", count: count).joined(separator: ", ")))"
    }

    /// The daemon that is alive, or the last one that was. Parameters: host, now, the end of the longest lease.
    let daemon = """
        SELECT instance, pid, version, state, started_at, last_poll, next_beat_by FROM MONITOR_DAEMON WHERE host = ? \
        ORDER BY CASE WHEN state = 'running' AND next_beat_by BETWEEN ? AND ? THEN 0 ELSE 1 END, started_at DESC LIMIT 1
        """

    /// Parameters: note if one is written, process.
    func setAlarm(writesNote: Bool) -> String {
        "UPDATE \(status) SET alarma = 1\(writesNote ? ", notes = ?" : "") WHERE process_id = ?"
    }

    /// Puts a process in alarm that has no row yet. Parameters: note, process.
    var insertAlarm: String {
        """
        INSERT INTO \(status) (process_id, alarma, notes) SELECT p.process_id, 1, ? FROM \(process) p \
        WHERE p.process_id = ?
        """
    }

    /// Parameters: note if one is written, process.
    func clearAlarm(writesNote: Bool) -> String {
        "UPDATE \(status) SET alarma = 0\(writesNote ? ", notes = ?" : "") WHERE process_id = ? AND alarma = 1"
    }

    /// Parameters: host, process.
    let resetBreaker = """
        UPDATE MONITOR_BREAKER SET state = 'closed', failures = 0, \
        generation = CASE WHEN generation < \(Int64.max) THEN generation + 1 ELSE 0 END, openings = 0, until_at = NULL, provisional_success = NULL WHERE host = ? AND process_id = ?
        """

    /// Parameters: host, process, since, until, reason, by.
    let hold = """
        REPLACE INTO MONITOR_HOLD (host, process_id, held_since, held_until, reason, held_by) VALUES (?, ?, ?, ?, ?, ?)
        """

    /// Parameters: host, process.
    let release = "DELETE FROM MONITOR_HOLD WHERE host = ? AND process_id = ?"

    /// Writes an operator's doing to the history of a process that exists.
    ///
    /// Parameters: host, kind, moment, detail, process.
    var recordDoing: String {
        """
        INSERT INTO MONITOR_HISTORY (host, process_id, process_name, kind, happened_at, duration, attempts, detail) \
        SELECT ?, p.process_id, p.process_name, ?, ?, 0, 0, ? FROM \(process) p WHERE p.process_id = ?
        """
    }

    /// The names of the processes that are called so, in whatever case. Parameter: name.
    var namesLike: String { "SELECT process_name FROM \(process) WHERE process_name = ?" }
    var nextID: String { "SELECT COALESCE(MAX(process_id), 0) + 1 FROM \(process)" }
    /// Parameters: process, name.
    var insertProcess: String { "INSERT INTO \(process) (process_id, process_name) VALUES (?, ?)" }
    /// Parameter: process.
    var insertStatus: String { "INSERT INTO \(status) (process_id) VALUES (?)" }

    /// What removes a process, in the order that the tables' references ask for. Parameter of each: process.
    var removals: [String] {
        let own = ["MONITOR_ALARM", "MONITOR_BREAKER", "MONITOR_HOLD", "MONITOR_HISTORY"]
        return ([status, process] + (persistsState ? own : [])).map { "DELETE FROM \($0) WHERE process_id = ?" }
    }
}
