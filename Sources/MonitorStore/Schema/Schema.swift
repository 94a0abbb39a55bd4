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
        secondTables.flatMap { $0.statements(in: dialect) }
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

        func statements(in dialect: SQLDialect) -> [String] {
            switch dialect {
            case .mariadb:
                // MySQL has no CREATE INDEX IF NOT EXISTS: the indexes are part of the table.
                let keys =
                    uniqueIndexes.map { "UNIQUE KEY \($0.name) (\($0.columns))" }
                    + indexes.map { "KEY \($0.name) (\($0.columns))" }
                let suffix = " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
                return [create(columns.map { $0.replacing(Self.counter, with: "AUTO_INCREMENT") } + keys) + suffix]
            case .sqlite:
                let columns = columns.map { $0.replacing("BIGINT NOT NULL \(Self.counter)", with: "INTEGER") }
                return [create(columns)]
                    + uniqueIndexes.map { "CREATE UNIQUE INDEX IF NOT EXISTS \($0.name) ON \(name) (\($0.columns))" }
                    + indexes.map { "CREATE INDEX IF NOT EXISTS \($0.name) ON \(name) (\($0.columns))" }
            }
        }

        private func create(_ lines: [String]) -> String {
            "CREATE TABLE IF NOT EXISTS \(name) (\n  \(lines.joined(separator: ",\n  "))\n)"
        }

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
        let status = TableNames.reference(to: status, in: dialect)
        return switch dialect {
        case .mariadb: mariaDBTriggers(on: status)
        case .sqlite: sqliteTriggers(on: status)
        }
    }

    // The handler: the application's statement must not fail for anything that is wrong with a table of ours.
    // A row that was in alarm already is raised again unless it can be told that the statement did not: @monitor_quiet
    // says that it is ours, a changed sound that a console was at it. The columns that a statement names can't be seen.
    private static func mariaDBTriggers(on status: String) -> [Trigger] {
        let now = SQLDialect.mariadb.now
        func trigger(_ name: String, _ event: String, when condition: String, stood: String?) -> Trigger {
            func unlessStanding(_ column: String, _ value: String) -> String {
                "\(column) = " + (stood.map { "IF(\($0), \(column), \(value))" } ?? value)
            }
            return Trigger(
                name: name,
                statement: """
                    CREATE TRIGGER \(name) AFTER \(event) ON \(status) FOR EACH ROW
                    BEGIN
                      DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
                      IF \(condition) THEN
                        INSERT INTO MONITOR_ALARM (process_id, revision, raised_at)
                          VALUES (NEW.process_id, 1, \(now))
                          ON DUPLICATE KEY UPDATE revision = revision + 1, \(unlessStanding("raised_at", now)),
                            \(unlessStanding("source", "NULL")), \(unlessStanding("reason", "NULL"));
                      END IF;
                    END
                    """)
        }
        return [
            trigger("MONITOR_ALARM_INSERT", "INSERT", when: "NEW.alarma = 1", stood: nil),
            trigger(
                "MONITOR_ALARM_UPDATE", "UPDATE",
                when: """
                    NEW.alarma = 1 AND (NOT OLD.alarma <=> 1 OR (@monitor_quiet IS NULL AND NEW.sound <=> OLD.sound))
                    """,
                stood: "OLD.alarma = 1"),
        ]
    }

    // Two plain statements: an `OR IGNORE` of the application's statement would also rule an upsert of ours.
    private static func sqliteTriggers(on status: String) -> [Trigger] {
        let now = SQLDialect.sqlite.now
        func trigger(_ name: String, _ event: String, stood: String?) -> Trigger {
            func unlessStanding(_ column: String, _ value: String) -> String {
                "\(column) = " + (stood.map { "CASE WHEN \($0) THEN \(column) ELSE \(value) END" } ?? value)
            }
            return Trigger(
                name: name,
                statement: """
                    CREATE TRIGGER \(name) AFTER \(event) ON \(status) WHEN NEW.alarma = 1
                    BEGIN
                      INSERT INTO MONITOR_ALARM (process_id, revision)
                        SELECT NEW.process_id, 0
                        WHERE NOT EXISTS (SELECT 1 FROM MONITOR_ALARM WHERE process_id = NEW.process_id);
                      UPDATE MONITOR_ALARM SET revision = revision + 1, \(unlessStanding("raised_at", now)),
                          \(unlessStanding("source", "NULL")), \(unlessStanding("reason", "NULL"))
                        WHERE process_id = NEW.process_id;
                    END
                    """)
        }
        return [
            trigger("MONITOR_ALARM_INSERT", "INSERT", stood: nil),
            trigger("MONITOR_ALARM_UPDATE", "UPDATE OF alarma", stood: "OLD.alarma = 1"),
        ]
    }
}
