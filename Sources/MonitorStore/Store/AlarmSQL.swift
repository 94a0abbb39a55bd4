internal import MonitorCore

/// The statements of ``AlarmStore``, made for the tables and privileges that there are.
struct AlarmSQL {
    /// The processes in alarm, each with everything that stands beside it.
    let poll: String
    /// Whether a process stands in alarm, its breaker and claim, and until when the daemon that claimed it has its
    /// lease. Parameter: process.
    let claimable: String
    /// The revision of a process's alarm. Parameter: process.
    let revision: String
    /// Parameters: the seven of a breaker's row, process.
    let insertBreaker: String
    /// Parameters: the seven of a breaker's row, process, generation.
    let updateBreaker: String
    /// Parameters: host, instance, since, process.
    let insertClaim: String
    /// Takes over a claim that is void. Parameters: host, instance, since, process; then instance and since as read.
    let takeClaim: String
    /// Parameters: process, instance.
    let releaseClaim: String
    /// Parameters: the eleven of ``Event/row``, completion, alarm's result, breaker's.
    let insertEvent: String
    /// What became of a completion. Parameter: its id.
    let completed: String
    /// Parameter: the oldest moment to keep.
    let expireEvents: String
    /// Parameters: the seven of a heartbeat, host, instance.
    let updateHost: String
    let insertHost: String
    /// Parameters: host, instance.
    let hostState: String
    /// Parameters: host, machine id, instance that stays, moment.
    let forgetHosts: String
    /// Under which other name this machine's daemon ran last. Parameters: machine id, host, now, the end of the longest
    /// lease.
    let formerHost: String
    /// Parameters: source, reason, process.
    let describeAlarm = """
        UPDATE MONITOR_ALARM SET source = ?, reason = ?, source_revision = revision WHERE process_id = ?
        """
    /// Parameters: state, since, message, process, check.
    let updateCheck = """
        UPDATE MONITOR_CHECK SET state = ?, since = ?, message = ? WHERE process_id = ? AND check_name = ?
        """
    let insertCheck = """
        INSERT INTO MONITOR_CHECK (state, since, message, process_id, check_name) VALUES (?, ?, ?, ?, ?)
        """
    /// Parameters: process, check.
    let forgetCheck = "DELETE FROM MONITOR_CHECK WHERE process_id = ? AND check_name = ?"
    /// Whether a process is in alarm: 1 or 0, whatever type the column is of. Parameter: process.
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
            SELECT s.process_id, p.process_name, s.notes, \(columns.revision), \(columns.alarm), \(columns.breaker), \
            \(columns.claim), \(columns.hold) FROM \(status) s \
            LEFT JOIN \(TableNames.reference(to: tables.process, in: dialect)) p \
            ON p.process_id = s.process_id\(columns.joins(on: "s.process_id")) \
            WHERE s.alarma = 1 ORDER BY s.process_id
            """
        claimable = """
            SELECT \(Self.isInAlarm("s.alarma")), \(columns.breaker), \(columns.claim), \(columns.leaseEnd) \
            FROM \(status) s\
            \(columns.breakerJoin(on: "s.process_id"))\(columns.claimJoin(on: "s.process_id"))\(columns.leaseJoin) \
            WHERE s.process_id = ? ORDER BY s.alarma DESC
            """
        revision =
            "SELECT \(columns.revision) FROM \(status) s\(columns.alarmJoin(on: "s.process_id")) WHERE s.process_id = ?"
        insertBreaker = """
            INSERT INTO MONITOR_BREAKER (state, failures, generation, openings, until_at, provisional_success, \
            retry_at, process_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
        updateBreaker = """
            UPDATE MONITOR_BREAKER SET state = ?, failures = ?, generation = ?, openings = ?, until_at = ?, \
            provisional_success = ?, retry_at = ? WHERE process_id = ? AND generation = ?
            """
        insertClaim = "INSERT INTO MONITOR_CLAIM (host, instance, since, process_id) VALUES (?, ?, ?, ?)"
        takeClaim = """
            UPDATE MONITOR_CLAIM SET host = ?, instance = ?, since = ? \
            WHERE process_id = ? AND instance = ? AND since = ?
            """
        releaseClaim = "DELETE FROM MONITOR_CLAIM WHERE process_id = ? AND instance = ?"
        insertEvent = """
            INSERT INTO MONITOR_EVENT (happened_at, host, process_id, process_name, kind, code, actor, duration, \
            attempts, detail, note, completion_id, alarm_result, breaker_applied) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        completed = "SELECT alarm_result, breaker_applied FROM MONITOR_EVENT WHERE completion_id = ?"
        // A bounded number each time: the first run after a long pause must not hold locks for minutes.
        expireEvents = dialect.delete(
            from: "MONITOR_EVENT", where: "happened_at < ?", orderedBy: "happened_at", limit: 1000)
        updateHost = """
            UPDATE MONITOR_HOST SET machine_id = ?, pid = ?, version = ?, state = ?, started_at = ?, last_poll = ?, \
            lease_ends_at = ? WHERE host = ? AND instance = ?
            """
        insertHost = """
            INSERT INTO MONITOR_HOST (machine_id, pid, version, state, started_at, last_poll, lease_ends_at, host, \
            instance) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        hostState = "SELECT state FROM MONITOR_HOST WHERE host = ? AND instance = ?"
        forgetHosts = """
            DELETE FROM MONITOR_HOST WHERE (host = ? OR machine_id = ?) AND instance <> ? AND lease_ends_at < ?
            """
        formerHost = """
            SELECT host FROM MONITOR_HOST WHERE machine_id = ? AND host <> ? \
            AND NOT (state = 'running' AND lease_ends_at BETWEEN ? AND ?) ORDER BY started_at DESC LIMIT 1
            """
        alarm = "SELECT \(Self.isInAlarm("alarma")) FROM \(status) WHERE process_id = ?"
        lockAlarm = dialect.lockingNow(alarm)
    }

    /// 1 or 0, decided by the database, as the condition of a poll is: a DECIMAL would come as `1.0`.
    static func isInAlarm(_ column: String) -> String { "CASE WHEN \(column) = 1 THEN 1 ELSE 0 END" }

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
        [poll, claimable, revision, alarm, settle(clears: true, writesNote: true, byRevision: countsRevisions)]
    }

    /// The statements on the monitor's own tables.
    var stateful: [String] {
        [
            poll, claimable, revision, insertBreaker, updateBreaker, insertClaim, takeClaim, releaseClaim, insertEvent,
            completed, expireEvents, updateHost, insertHost, hostState, forgetHosts, formerHost, describeAlarm,
            updateCheck, insertCheck, forgetCheck,
        ]
    }
}

/// The part of a query that reads the monitor's own tables beside the application's; NULL for each that there isn't.
struct StateColumns {
    /// `revision`, 0 for an alarm that was never counted.
    let revision: String
    /// How long the alarm stands, in milliseconds by the server's clock; who of ours raised it, and why.
    let alarm: String
    /// Seven columns, read by ``SQLRowReader/breaker()``.
    let breaker: String
    /// Two columns, read by ``SQLRowReader/claim()``.
    let claim: String
    /// Four columns, read by ``SQLRowReader/hold()``.
    let hold: String
    /// The end of the lease of the daemon that claimed the process; NULL where it has stopped.
    let leaseEnd: String

    private let dialect: SQLDialect
    private let persistsState: Bool
    private let countsRevisions: Bool

    init(_ dialect: SQLDialect, persistsState: Bool, countsRevisions: Bool) {
        func columns(_ isThere: Bool, _ names: String...) -> String {
            (isThere ? names : names.map { _ in "NULL" }).joined(separator: ", ")
        }
        self.dialect = dialect
        self.persistsState = persistsState
        self.countsRevisions = countsRevisions
        revision = columns(countsRevisions, "COALESCE(m.revision, 0)")
        // A moment before 1970 is none of ours, and MariaDB fails where the difference is too large.
        let age = "CASE WHEN m.raised_at > 0 THEN \(dialect.now) - m.raised_at END"
        alarm = columns(countsRevisions, age, "m.source", "m.reason")
        breaker = columns(
            persistsState, "b.state", "b.failures", "b.generation", "b.openings", "b.until_at",
            "b.provisional_success", "b.retry_at")
        claim = columns(persistsState, "c.since", "c.instance")
        hold = columns(persistsState, "h.held_from", "h.held_until", "h.reason", "h.held_by")
        leaseEnd = columns(persistsState, "d.lease_ends_at")
    }

    /// Joins what a poll and a status show.
    func joins(on id: String) -> String {
        alarmJoin(on: id) + breakerJoin(on: id) + claimJoin(on: id) + holdJoin(on: id)
    }

    func alarmJoin(on id: String) -> String {
        countsRevisions ? " LEFT JOIN MONITOR_ALARM m ON m.process_id = \(id)" : ""
    }

    func breakerJoin(on id: String) -> String {
        persistsState ? " LEFT JOIN MONITOR_BREAKER b ON b.process_id = \(id)" : ""
    }

    func claimJoin(on id: String) -> String {
        persistsState ? " LEFT JOIN MONITOR_CLAIM c ON c.process_id = \(id)" : ""
    }

    private func holdJoin(on id: String) -> String {
        persistsState ? " LEFT JOIN MONITOR_HOLD h ON h.scope = 'process' AND h.name = \(dialect.text(id))" : ""
    }

    /// Joins the daemon that claimed the process, unless it has stopped, to the claims.
    var leaseJoin: String {
        guard persistsState else { return "" }
        return """
             LEFT JOIN MONITOR_HOST d ON d.host = c.host AND d.instance = c.instance AND d.state = 'running'
            """
    }
}
