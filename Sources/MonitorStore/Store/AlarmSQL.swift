internal import MonitorCore

/// The statements of ``AlarmStore``, made for the tables and privileges that there are.
struct AlarmSQL {
    /// Parameters: host, host; none where state is not persisted.
    let poll: String
    /// Whether a process stands in alarm, its breaker's row, and until when the daemon that recovers it is alive.
    /// Parameters: host, process; where state is not persisted, process.
    let standing: String
    /// Parameters: the eight of a breaker's row, host, process.
    let insertBreaker: String
    /// Takes a process. Parameters: the eight of a breaker's row, host, process, generation, and since when and by
    /// which instance it was in flight.
    let takeFlight: String
    /// Writes a breaker, and lands what this daemon has in flight. Parameters: the six of a breaker, instance twice,
    /// host, process, generation.
    let updateBreaker: String
    /// Parameters: host, process, instance.
    let endFlight: String
    /// Parameters: the nine of a history entry, report, alarm's result, breaker's.
    let insertHistory: String
    /// What became of a report. Parameter: report.
    let reported: String
    /// Parameters: host, oldest moment to keep.
    let expireHistory: String
    /// Parameters: the six of a beat, host, instance.
    let updateDaemon: String
    let insertDaemon: String
    /// Parameters: host, instance that stays, moment.
    let forgetDaemons: String
    /// The value of `alarma`. Parameter: process.
    let alarm: String
    /// Takes a process's row of the application's table, or fails where another has it; nil where a transaction has all
    /// rows anyway. Parameter: process.
    let lockAlarm: String?

    private let dialect: SQLDialect
    private let status: String
    private let countsRevisions: Bool

    init(_ dialect: SQLDialect, _ tables: TableNames, persistsState: Bool, countsRevisions: Bool) {
        let status = TableNames.reference(to: tables.status, in: dialect)
        self.dialect = dialect
        self.status = status
        self.countsRevisions = countsRevisions
        let columns = StateColumns(dialect, persistsState: persistsState, countsRevisions: countsRevisions)
        poll = """
            SELECT s.process_id, p.process_name, s.notes, \(columns.revision), \(columns.age), \(columns.breaker), \
            \(columns.hold) FROM \(status) s LEFT JOIN \(TableNames.reference(to: tables.process, in: dialect)) p \
            ON p.process_id = s.process_id\(columns.joins(on: "s.process_id")) \
            WHERE s.alarma = 1 ORDER BY s.process_id
            """
        standing = """
            SELECT s.alarma, \(columns.breaker), \(columns.leaseEnd) FROM \(status) s\
            \(columns.breakerJoin(on: "s.process_id"))\(columns.leaseJoin) WHERE s.process_id = ?
            """
        insertBreaker = """
            INSERT INTO MONITOR_BREAKER (state, failures, generation, openings, until_at, provisional_success, \
            in_flight_since, in_flight_instance, host, process_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        takeFlight = """
            UPDATE MONITOR_BREAKER SET state = ?, failures = ?, generation = ?, openings = ?, until_at = ?, \
            provisional_success = ?, in_flight_since = ?, in_flight_instance = ? \
            WHERE host = ? AND process_id = ? AND generation = ? \
            AND in_flight_since \(dialect.isSame) ? AND in_flight_instance \(dialect.isSame) ?
            """
        // In this order: MariaDB assigns from left to right, and compares with what was assigned already.
        updateBreaker = """
            UPDATE MONITOR_BREAKER SET state = ?, failures = ?, generation = ?, openings = ?, until_at = ?, \
            provisional_success = ?, \
            in_flight_since = CASE WHEN in_flight_instance = ? THEN NULL ELSE in_flight_since END, \
            in_flight_instance = NULLIF(in_flight_instance, ?) \
            WHERE host = ? AND process_id = ? AND generation = ?
            """
        endFlight = """
            UPDATE MONITOR_BREAKER SET in_flight_since = NULL, in_flight_instance = NULL \
            WHERE host = ? AND process_id = ? AND in_flight_instance = ?
            """
        insertHistory = """
            INSERT INTO MONITOR_HISTORY (host, process_id, process_name, kind, happened_at, duration, attempts, \
            detail, report_id, alarm_result, breaker_applied) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        reported = "SELECT alarm_result, breaker_applied FROM MONITOR_HISTORY WHERE report_id = ?"
        // A bounded number each time: the first run after a long pause must not hold locks for minutes.
        expireHistory = dialect.delete(
            from: "MONITOR_HISTORY", where: "host = ? AND happened_at < ?", orderedBy: "happened_at", limit: 1000)
        updateDaemon = """
            UPDATE MONITOR_DAEMON SET pid = ?, version = ?, state = ?, started_at = ?, last_poll = ?, \
            next_beat_by = ? WHERE host = ? AND instance = ?
            """
        insertDaemon = """
            INSERT INTO MONITOR_DAEMON (pid, version, state, started_at, last_poll, next_beat_by, host, instance) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
        forgetDaemons = "DELETE FROM MONITOR_DAEMON WHERE host = ? AND instance <> ? AND next_beat_by < ?"
        alarm = "SELECT alarma FROM \(status) WHERE process_id = ?"
        lockAlarm = dialect == .mariadb ? "\(alarm) FOR UPDATE NOWAIT" : nil
    }

    /// Clears an alarm, or only writes its note, if it is still the one that was served.
    ///
    /// Parameters: note if one is written, process, then revision, or the note that was read where `byRevision` is
    /// false.
    ///
    /// The subquery is correlated, so that the row of the application's table is locked before that of ours: the
    /// order in which an application's own statement and its trigger lock them.
    func settle(clears: Bool, writesNote: Bool, byRevision: Bool) -> String {
        let changes = [clears ? "alarma = 0" : nil, writesNote ? "notes = ?" : nil].compactMap(\.self)
        let isServed =
            byRevision
            ? "COALESCE((SELECT m.revision FROM MONITOR_ALARM m WHERE m.process_id = \(status).process_id), 0) = ?"
            : "\(dialect.exact("notes")) \(dialect.isSame) ?"
        return """
            UPDATE \(status) SET \(changes.joined(separator: ", ")) WHERE process_id = ?\
            \(clears ? " AND alarma = 1" : "") AND \(isServed)
            """
    }

    /// The statements without which the daemon can do nothing.
    var essential: [String] {
        [poll, standing, alarm, settle(clears: true, writesNote: true, byRevision: countsRevisions)]
    }

    /// The statements on the monitor's own tables.
    var stateful: [String] {
        [
            poll, standing, insertBreaker, takeFlight, updateBreaker, endFlight, insertHistory, reported, expireHistory,
            updateDaemon, insertDaemon, forgetDaemons,
        ]
    }
}
