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

    /// Everything of all processes, or of `count` names. Parameters: the names.
    func processes(named count: Int?) -> String {
        let kinds = Event.Kind.outcomes.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        let last = """
             LEFT JOIN MONITOR_EVENT l ON l.id = (SELECT i.id FROM MONITOR_EVENT i WHERE i.process_id = p.process_id \
            AND i.kind IN (\(kinds)) ORDER BY i.id DESC LIMIT 1)
            """
        let event = persistsState ? Event.columns("l.") : Array(repeating: "NULL", count: 11).joined(separator: ", ")
        return """
            SELECT p.process_id, p.process_name, \(AlarmSQL.isInAlarm("s.alarma")), s.sound, s.notes, \
            \(columns.alarm), \(columns.breaker), \(columns.claim), \(columns.hold), \(event) \
            FROM \(process) p LEFT JOIN \(status) s ON s.process_id = p.process_id\
            \(columns.joins(on: "p.process_id"))\(persistsState ? last : "")\
            \(count.map { " WHERE \(Self.isOne("p.process_name", of: $0))" } ?? "")
            """
    }

    /// Parameters: the names, the kinds, the limit.
    func events(_ query: EventQuery) -> String {
        var conditions: [String] = []
        if let names = query.names { conditions.append(Self.isOne("process_name", of: names.count)) }
        if let kinds = query.kinds {
            let isOfKind = Self.isOne("kind", of: kinds.count)
            conditions.append(query.includesActs ? "(\(isOfKind) OR actor IS NOT NULL)" : isOfKind)
        }
        let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        return "SELECT \(Event.columns()) FROM MONITOR_EVENT\(filter) ORDER BY id DESC LIMIT ?"
    }

    /// A condition for `count` values.
    private static func isOne(_ column: String, of count: Int) -> String {
        // IN wants one at least, and nothing is equal to NULL.
        "\(column) IN (\(count == 0 ? "NULL" : Array(repeating: "?", count: count).joined(separator: ", ")))"
    }

    /// The daemon that is alive, or the last one that was. Parameters: host, now, the end of the longest lease.
    let daemon = """
        SELECT instance, pid, version, state, started_at, last_poll, lease_ends_at FROM MONITOR_HOST WHERE host = ? \
        ORDER BY CASE WHEN state = 'running' AND lease_ends_at BETWEEN ? AND ? THEN 0 ELSE 1 END, started_at DESC LIMIT 1
        """

    /// The rows that no daemon serves, for what stands in them.
    var unserved: String {
        """
        SELECT s.process_id, p.process_name, s.alarma FROM \(status) s LEFT JOIN \(process) p \
        ON p.process_id = s.process_id WHERE s.alarma IS NULL OR s.alarma NOT IN (0, 1) \
        OR (s.alarma = 1 AND p.process_id IS NULL) ORDER BY s.process_id LIMIT 100
        """
    }

    /// Raises an alarm that does not stand. Parameters: note if one is written, process.
    func raise(writesNote: Bool) -> String {
        """
        UPDATE \(status) SET alarma = 1\(writesNote ? ", notes = ?" : "") \
        WHERE process_id = ? AND COALESCE(alarma, 0) <> 1
        """
    }

    /// Puts a process in alarm that has no row yet. Parameters: note, process, process.
    var insertAlarm: String {
        """
        INSERT INTO \(status) (process_id, alarma, notes) SELECT p.process_id, 1, ? FROM \(process) p \
        WHERE p.process_id = ? AND NOT EXISTS (SELECT 1 FROM \(status) t WHERE t.process_id = ?)
        """
    }

    /// Clears an alarm that stands as its source has raised it, where no recovery of it has begun.
    ///
    /// Parameters: note if one is written, process, source.
    func resolve(writesNote: Bool) -> String {
        """
        UPDATE \(status) SET alarma = 0\(writesNote ? ", notes = ?" : "") WHERE process_id = ? AND alarma = 1 \
        AND EXISTS (SELECT 1 FROM MONITOR_ALARM m WHERE m.process_id = \(status).process_id AND m.source = ? \
        AND m.source_revision = m.revision) \
        AND NOT EXISTS (SELECT 1 FROM MONITOR_CLAIM c WHERE c.process_id = \(status).process_id)
        """
    }

    /// What is kept of checks, of all processes or of `count`. Parameters: the processes.
    func checks(of count: Int?) -> String {
        """
        SELECT process_id, check_name, state, since, message FROM MONITOR_CHECK\
        \(count.map { " WHERE \(Self.isOne("process_id", of: $0))" } ?? "") ORDER BY process_id, check_name
        """
    }

    /// Parameters: note if one is written, process.
    func clearAlarm(writesNote: Bool) -> String {
        "UPDATE \(status) SET alarma = 0\(writesNote ? ", notes = ?" : "") WHERE process_id = ? AND alarma = 1"
    }

    /// Parameter: process.
    let resetBreaker = """
        UPDATE MONITOR_BREAKER SET state = 'closed', failures = 0, \
        generation = CASE WHEN generation < \(Int64.max) THEN generation + 1 ELSE 0 END, openings = 0, \
        until_at = NULL, provisional_success = NULL, retry_at = NULL WHERE process_id = ?
        """

    /// Parameters: process as text, since, until, reason, by.
    let hold = """
        REPLACE INTO MONITOR_HOLD (scope, name, held_from, held_until, reason, held_by) \
        VALUES ('process', ?, ?, ?, ?, ?)
        """

    /// Parameter: process as text.
    let release = "DELETE FROM MONITOR_HOLD WHERE scope = 'process' AND name = ?"

    /// Writes an operator's act on a process that exists.
    ///
    /// Parameters: moment, host, kind, code, actor, detail, process.
    var recordAct: String {
        """
        INSERT INTO MONITOR_EVENT (happened_at, host, process_id, process_name, kind, code, actor, duration, attempts, \
        detail) SELECT ?, ?, p.process_id, p.process_name, ?, ?, ?, 0, 0, ? FROM \(process) p WHERE p.process_id = ?
        """
    }

    /// The names of the processes that are called so, in whatever case. Parameter: name.
    var namesLike: String { "SELECT process_name FROM \(process) WHERE process_name = ?" }
    /// Parameter: process.
    var name: String { "SELECT process_name FROM \(process) WHERE process_id = ?" }
    var nextID: String { "SELECT COALESCE(MAX(process_id), 0) + 1 FROM \(process)" }
    /// Parameters: process, name.
    var insertProcess: String { "INSERT INTO \(process) (process_id, process_name) VALUES (?, ?)" }
    /// Parameter: process.
    var insertStatus: String { "INSERT INTO \(status) (process_id) VALUES (?)" }

    /// What removes a process, in the order that the tables' references ask for. Parameter of each: process.
    var removals: [String] {
        let own = ["MONITOR_ALARM", "MONITOR_BREAKER", "MONITOR_CLAIM", "MONITOR_CHECK", "MONITOR_EVENT"]
        return ([status, process] + (persistsState ? own : [])).map { "DELETE FROM \($0) WHERE process_id = ?" }
    }
}
