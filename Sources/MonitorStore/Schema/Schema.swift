/// The tables: the application's two, as specified, and the monitor's own.
///
/// What is said here is what `Resources/sql` prints for administrators who create tables by hand.
package enum Schema {
    /// The version that this build reads and writes.
    package static let version = 2

    /// The application's tables, word for word as the specification has them.
    ///
    /// - Parameter process: how the name of the table of processes is written where there is one already.
    package static func applicationTable(
        _ table: String, process: String = "PROCESE", in dialect: SQLDialect = .mariadb
    ) -> String {
        switch table {
        case TableNames.specified.process:
            """
            CREATE TABLE PROCESE (
              process_id INT PRIMARY KEY,
              process_name VARCHAR(100) NOT NULL
            )
            """
        default:
            """
            CREATE TABLE STATUS_PROCESS (
              process_id INT PRIMARY KEY,
              alarma TINYINT NOT NULL DEFAULT 0,
              sound TINYINT NOT NULL DEFAULT 0,
              notes VARCHAR(100),
              FOREIGN KEY (process_id) REFERENCES \(TableNames.reference(to: process, in: dialect))(process_id)
            )
            """
        }
    }

    /// The name of the index on `alarma`.
    package static let alarmIndex = "MONITOR_ALARMA"

    /// The statements that create the monitor's tables; harmless where they are.
    package static func tables(in dialect: SQLDialect) -> [String] {
        secondTables.flatMap(dialect.statements(creating:))
    }
}

extension Schema {
    /// A table as it is created; moments are milliseconds since 1970, UTC.
    struct Table: Sendable {
        let name: String
        let columns: [String]
        /// Name and columns of each index.
        var indexes: [(name: String, columns: String)] = []
        var uniqueIndexes: [(name: String, columns: String)] = []

        /// Stands for the words that make a column count by itself.
        static let counter = "COUNTER"
    }

    /// The tables of version 2. No host is part of a key but where a row is about one: breaker, hold and claim belong to
    /// the process.
    static let secondTables = [
        // 'version' and 'counts_revisions' (1 = the triggers were created).
        Table(name: "MONITOR_SCHEMA", columns: ["item VARCHAR(32) NOT NULL PRIMARY KEY", "value BIGINT NOT NULL"]),
        Table(
            name: "MONITOR_ALARM",
            columns: [
                "process_id BIGINT NOT NULL PRIMARY KEY", "revision BIGINT NOT NULL", "raised_at BIGINT NULL",
                "source VARCHAR(64) NULL", "reason VARCHAR(500) NULL", "source_revision BIGINT NULL",
            ]),
        Table(
            name: "MONITOR_BREAKER",
            columns: [
                "process_id BIGINT NOT NULL PRIMARY KEY", "state VARCHAR(16) NOT NULL", "failures BIGINT NOT NULL",
                "generation BIGINT NOT NULL", "openings BIGINT NOT NULL", "until_at BIGINT NULL",
                "provisional_success BIGINT NULL", "retry_at BIGINT NULL",
            ]),
        Table(
            name: "MONITOR_CLAIM",
            columns: [
                "process_id BIGINT NOT NULL PRIMARY KEY", "host VARCHAR(190) NOT NULL", "instance VARCHAR(64) NOT NULL",
                "since BIGINT NOT NULL",
            ]),
        Table(
            name: "MONITOR_HOLD",
            columns: [
                "scope VARCHAR(16) NOT NULL", "name VARCHAR(190) NOT NULL", "held_from BIGINT NOT NULL",
                "held_until BIGINT NULL", "reason VARCHAR(500) NULL", "held_by VARCHAR(100) NULL",
                "PRIMARY KEY (scope, name)",
            ]),
        Table(
            name: "MONITOR_CHECK",
            columns: [
                "process_id BIGINT NOT NULL", "check_name VARCHAR(100) NOT NULL", "state VARCHAR(16) NOT NULL",
                "since BIGINT NOT NULL", "message VARCHAR(500) NOT NULL", "PRIMARY KEY (process_id, check_name)",
            ]),
        Table(
            name: "MONITOR_EVENT",
            columns: [
                "id BIGINT NOT NULL \(Table.counter) PRIMARY KEY", "happened_at BIGINT NOT NULL",
                "host VARCHAR(190) NULL", "process_id BIGINT NULL", "process_name VARCHAR(100) NULL",
                "kind VARCHAR(32) NOT NULL", "code VARCHAR(64) NULL", "actor VARCHAR(100) NULL",
                "duration BIGINT NOT NULL", "attempts BIGINT NOT NULL", "detail TEXT NOT NULL",
                "note VARCHAR(500) NULL", "completion_id VARCHAR(64) NULL", "alarm_result VARCHAR(16) NULL",
                "breaker_applied TINYINT NULL",
            ],
            indexes: [("MONITOR_EVENT_PROCESS", "process_id, id"), ("MONITOR_EVENT_AGE", "happened_at")],
            uniqueIndexes: [("MONITOR_EVENT_COMPLETION", "completion_id")]),
        Table(
            name: "MONITOR_HOST",
            columns: [
                "host VARCHAR(190) NOT NULL", "instance VARCHAR(64) NOT NULL", "machine_id VARCHAR(64) NULL",
                "pid BIGINT NOT NULL", "version VARCHAR(64) NOT NULL", "state VARCHAR(16) NOT NULL",
                "started_at BIGINT NOT NULL", "last_poll BIGINT NULL", "lease_ends_at BIGINT NOT NULL",
                "PRIMARY KEY (host, instance)",
            ]),
    ]

    /// Columns that version 2 got while it was made: tables that an unfinished build has created lack them.
    static let laterColumns = [(table: "MONITOR_ALARM", name: "source_revision", type: "BIGINT NULL")]
}

extension Schema {
    /// A trigger on the application's `STATUS_PROCESS`.
    package struct Trigger: Sendable {
        package let name: String
        package let statement: String
    }

    /// The triggers of version 1, which those of today replace: they counted every write of a row in alarm.
    package static let formerTriggers = ["MONITOR_ALARM_INSERTED", "MONITOR_ALARM_UPDATED"]

    /// The triggers that count in `MONITOR_ALARM` how often each alarm was raised, by any account.
    ///
    /// An application needs no privilege for that: a trigger acts with those of the account that created it, which
    /// has to exist for as long as the trigger does.
    package static func triggers(in dialect: SQLDialect, on status: String = "STATUS_PROCESS") -> [Trigger] {
        dialect.countingTriggers(on: TableNames.reference(to: status, in: dialect))
    }
}
