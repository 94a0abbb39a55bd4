/// The part of a query that reads the monitor's own tables beside the application's; NULL for each that there isn't.
struct StateColumns {
    /// `revision`, 0 for an alarm that was never counted.
    let revision: String
    /// How long the alarm stands, in milliseconds by the server's clock.
    let age: String
    /// Eight columns, read by ``SQLRowReader/breaker()`` and ``SQLRowReader/claim()``.
    let breaker: String
    /// Four columns, read by ``SQLRowReader/hold()``.
    let hold: String
    /// The `next_beat_by` of the daemon that has the process in flight; NULL where it signed off.
    let leaseEnd: String

    private let persistsState: Bool
    private let countsRevisions: Bool

    init(_ dialect: SQLDialect, persistsState: Bool, countsRevisions: Bool) {
        self.persistsState = persistsState
        self.countsRevisions = countsRevisions
        revision = countsRevisions ? "COALESCE(m.revision, 0)" : "NULL"
        // A moment before 1970 is none of ours, and MariaDB fails where the difference is too large.
        age = countsRevisions ? "CASE WHEN m.raised_at > 0 THEN \(dialect.now) - m.raised_at END" : "NULL"
        breaker =
            persistsState
            ? """
            b.state, b.failures, b.generation, b.openings, b.until_at, b.provisional_success, b.in_flight_since, \
            b.in_flight_instance
            """ : "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
        leaseEnd = persistsState ? "d.next_beat_by" : "NULL"
        hold = persistsState ? "h.held_since, h.held_until, h.reason, h.held_by" : "NULL, NULL, NULL, NULL"
    }

    /// Joins all of our tables. Parameters: host, host; none where state is not persisted.
    func joins(on id: String) -> String {
        let alarms = countsRevisions ? " LEFT JOIN MONITOR_ALARM m ON m.process_id = \(id)" : ""
        let holds = persistsState ? " LEFT JOIN MONITOR_HOLD h ON h.host = ? AND h.process_id = \(id)" : ""
        return alarms + breakerJoin(on: id) + holds
    }

    /// Joins the daemon of the recovery in flight, unless it signed off, to the breakers.
    var leaseJoin: String {
        guard persistsState else { return "" }
        return """
             LEFT JOIN MONITOR_DAEMON d \
            ON d.host = b.host AND d.instance = b.in_flight_instance AND d.state = 'running'
            """
    }

    /// Joins the breakers. Parameter: host; none where state is not persisted.
    func breakerJoin(on id: String) -> String {
        persistsState ? " LEFT JOIN MONITOR_BREAKER b ON b.host = ? AND b.process_id = \(id)" : ""
    }
}
