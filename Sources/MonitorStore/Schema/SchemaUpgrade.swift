/// How tables of an older version become those of this build.
///
/// Append only: what has been released is never changed. Each step asks itself whether it is still to be done, so that a
/// program that was killed on the way is followed by one that goes on from there; and on an empty database none but those
/// that create have anything to do.
struct SchemaUpgrade: Sendable {
    /// A statement, and when it is to be run.
    struct Step: Sendable {
        enum Condition: Sendable {
            case always
            /// Where there is such a table.
            case table(String)
            /// Where a table has that column.
            case column(String, of: String)
            /// Where a table lacks that column.
            case noColumn(String, of: String)
        }

        let condition: Condition
        let statement: String

        init(_ condition: Condition, _ statement: String) {
            self.condition = condition
            self.statement = statement
        }
    }

    /// The version that it leads to.
    let version: Int
    let steps: @Sendable (SQLDialect) -> [Step]

    static let all = [SchemaUpgrade(version: 2, steps: toSecond)]

    /// Breakers and holds get their process as key; claims, events and hosts their tables.
    private static let toSecond: @Sendable (SQLDialect) -> [Step] = { dialect in
        let ignore = dialect.insertMissing
        let text = dialect.text("process_id")
        return [
            Step(.column("host", of: "MONITOR_BREAKER"), "ALTER TABLE MONITOR_BREAKER RENAME TO MONITOR_BREAKER_1"),
            Step(.column("host", of: "MONITOR_HOLD"), "ALTER TABLE MONITOR_HOLD RENAME TO MONITOR_HOLD_1"),
        ]
            + Schema.tables(in: dialect).map { Step(.always, $0) }
            + [
                Step(
                    .noColumn("source", of: "MONITOR_ALARM"),
                    "ALTER TABLE MONITOR_ALARM ADD COLUMN source VARCHAR(64) NULL"),
                Step(
                    .noColumn("reason", of: "MONITOR_ALARM"),
                    "ALTER TABLE MONITOR_ALARM ADD COLUMN reason VARCHAR(500) NULL"),
                Step(
                    .noColumn("source_revision", of: "MONITOR_ALARM"),
                    "ALTER TABLE MONITOR_ALARM ADD COLUMN source_revision BIGINT NULL"),
                // Of several hosts' rows the one that allows the least, which comes first.
                Step(
                    .table("MONITOR_BREAKER_1"),
                    """
                    \(ignore) MONITOR_BREAKER (process_id, state, failures, generation, openings, until_at, \
                    provisional_success) SELECT process_id, state, failures, generation, openings, until_at, \
                    provisional_success FROM MONITOR_BREAKER_1 \
                    ORDER BY CASE WHEN state = 'closed' THEN 1 ELSE 0 END, until_at DESC, failures DESC, host
                    """),
                Step(
                    .table("MONITOR_BREAKER_1"),
                    """
                    \(ignore) MONITOR_CLAIM (process_id, host, instance, since) SELECT process_id, host, \
                    in_flight_instance, in_flight_since FROM MONITOR_BREAKER_1 \
                    WHERE in_flight_instance IS NOT NULL AND in_flight_since IS NOT NULL \
                    ORDER BY in_flight_since DESC, host
                    """),
                Step(.table("MONITOR_BREAKER_1"), "DROP TABLE MONITOR_BREAKER_1"),
                Step(
                    .table("MONITOR_HOLD_1"),
                    """
                    \(ignore) MONITOR_HOLD (scope, name, held_from, held_until, reason, held_by) SELECT 'process', \
                    \(text), held_since, held_until, reason, held_by FROM MONITOR_HOLD_1 \
                    ORDER BY CASE WHEN held_until IS NULL THEN 0 ELSE 1 END, held_until DESC, host
                    """),
                Step(.table("MONITOR_HOLD_1"), "DROP TABLE MONITOR_HOLD_1"),
                Step(.table("MONITOR_HISTORY"), copyHistory(ignore, dialect)),
                Step(.table("MONITOR_HISTORY"), "DROP TABLE MONITOR_HISTORY"),
                Step(
                    .table("MONITOR_DAEMON"),
                    """
                    \(ignore) MONITOR_HOST (host, instance, pid, version, state, started_at, last_poll, lease_ends_at) \
                    SELECT host, instance, pid, version, state, started_at, last_poll, next_beat_by FROM MONITOR_DAEMON
                    """),
                Step(.table("MONITOR_DAEMON"), "DROP TABLE MONITOR_DAEMON"),
            ]
    }

    /// The history's rows as events: they held their begin, and operators in words.
    private static func copyHistory(_ ignore: String, _ dialect: SQLDialect) -> String {
        let end = "CASE WHEN INSTR(detail, ': ') > 0 THEN INSTR(detail, ': ') - 4 ELSE LENGTH(detail) END"
        let isAct = "kind IN ('reset', 'held', 'released')"
        let isSigned = "\(isAct) AND SUBSTR(detail, 1, 3) = 'by '"
        return """
            \(ignore) MONITOR_EVENT (id, happened_at, host, process_id, process_name, kind, code, actor, duration, \
            attempts, detail, completion_id, alarm_result, breaker_applied) \
            SELECT id, happened_at + CASE WHEN duration BETWEEN 0 AND 31536000000 THEN duration ELSE 0 END, host, \
            process_id, process_name, CASE WHEN kind = 'reset' THEN 'breaker_closed' ELSE kind END, \
            CASE WHEN kind = 'reset' THEN 'reset' END, \
            CASE WHEN \(isSigned) THEN SUBSTR(detail, 4, \(end)) WHEN \(isAct) THEN '' END, duration, attempts, \
            CASE WHEN NOT (\(isSigned)) THEN detail WHEN INSTR(detail, ': ') > 0 \
            THEN SUBSTR(detail, INSTR(detail, ': ') + 2) ELSE '' END, \
            report_id, alarm_result, breaker_applied FROM MONITOR_HISTORY ORDER BY id
            """
    }
}
