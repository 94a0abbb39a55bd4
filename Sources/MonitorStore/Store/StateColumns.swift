/// The part of a query that reads the monitor's own tables beside the application's; NULL for each that there isn't.
struct StateColumns {
    /// `revision`, 0 for an alarm that was never counted.
    let revision: String
    /// How long the alarm stands, in milliseconds by the server's clock.
    let age: String
    /// Eight columns, read by ``SQLRowReader/breaker()`` and ``SQLRowReader/inFlight()``.
    let breaker: String
    /// Four columns, read by ``SQLRowReader/hold()``.
    let hold: String

    private let persistsState: Bool
    private let countsRevisions: Bool

    init(_ dialect: SQLDialect, persistsState: Bool, countsRevisions: Bool) {
        self.persistsState = persistsState
        self.countsRevisions = countsRevisions
        revision = countsRevisions ? "COALESCE(m.revision, 0)" : "NULL"
        age = countsRevisions ? "\(dialect.now) - m.raised_at" : "NULL"
        breaker =
            persistsState
            ? """
            b.state, b.failures, b.generation, b.openings, b.until_at, b.provisional_success, b.in_flight_since, \
            b.in_flight_instance
            """ : "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
        hold = persistsState ? "h.held_since, h.held_until, h.reason, h.held_by" : "NULL, NULL, NULL, NULL"
    }

    /// Joins all of our tables. Parameters: host, host; none where state is not persisted.
    func joins(on id: String) -> String {
        let alarms = countsRevisions ? " LEFT JOIN MONITOR_ALARM m ON m.process_id = \(id)" : ""
        let holds = persistsState ? " LEFT JOIN MONITOR_HOLD h ON h.host = ? AND h.process_id = \(id)" : ""
        return alarms + breakerJoin(on: id) + holds
    }

    /// Joins the breakers. Parameter: host; none where state is not persisted.
    func breakerJoin(on id: String) -> String {
        persistsState ? " LEFT JOIN MONITOR_BREAKER b ON b.host = ? AND b.process_id = \(id)" : ""
    }
}
