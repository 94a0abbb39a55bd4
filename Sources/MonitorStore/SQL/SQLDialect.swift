/// Where the SQL of MariaDB and MySQL differs from that of SQLite: every difference is here, or in the drivers.
package enum SQLDialect: String, Sendable, CaseIterable {
    case mariadb, sqlite

    /// The server's time, in milliseconds since 1970: no time zone comes into it.
    var now: String {
        switch self {
        case .mariadb: "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000"
        case .sqlite: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
        }
    }

    /// A column of text, to be compared letter by letter: the application's collation may take `Down` for `down`.
    func exact(_ column: String) -> String {
        switch self {
        case .mariadb: "CONVERT(\(column) USING utf8mb4) COLLATE utf8mb4_bin"
        case .sqlite: column
        }
    }

    /// A number as text, to be compared with a column of ours.
    func text(_ number: String) -> String {
        switch self {
        case .mariadb: "CAST(\(number) AS CHAR)"
        case .sqlite: "CAST(\(number) AS TEXT)"
        }
    }

    /// Equality for which NULL is equal to NULL.
    var isSame: String {
        switch self {
        case .mariadb: "<=>"
        case .sqlite: "IS"
        }
    }

    /// Begins a transaction that writes. SQLite takes the write lock at once: a read lock can't always be raised later.
    var beginWriting: String {
        switch self {
        case .mariadb: "START TRANSACTION"
        case .sqlite: "BEGIN IMMEDIATE"
        }
    }

    /// A query that takes the rows that it finds, or fails where another transaction has one; nil where a transaction has
    /// all rows anyway.
    func lockingNow(_ query: String) -> String? {
        switch self {
        case .mariadb: "\(query) FOR UPDATE NOWAIT"
        case .sqlite: nil
        }
    }

    /// A name in quotes, whatever is in it.
    func quoted(_ name: String) -> String {
        let quote = self == .mariadb ? "`" : "\""
        return quote + name.replacing(quote, with: quote + quote) + quote
    }

    /// Inserts the rows that are not there yet.
    var insertMissing: String {
        switch self {
        case .mariadb: "INSERT IGNORE INTO"
        case .sqlite: "INSERT OR IGNORE INTO"
        }
    }

    /// Deletes the first `limit` rows of those that a condition finds.
    func delete(from table: String, where condition: String, orderedBy order: String, limit: Int) -> String {
        switch self {
        case .mariadb: "DELETE FROM \(table) WHERE \(condition) ORDER BY \(order) LIMIT \(limit)"
        case .sqlite:
            "DELETE FROM \(table) WHERE id IN (SELECT id FROM \(table) WHERE \(condition) ORDER BY \(order) LIMIT \(limit))"
        }
    }
}

// MARK: - What there is

extension SQLDialect {
    /// The database is the monitor's own file: it may hold the application's tables only where the monitor makes them.
    var isEmbedded: Bool { self == .sqlite }

    /// The names of all tables and views.
    var tables: String {
        switch self {
        case .mariadb: "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
        case .sqlite: "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
        }
    }

    /// A row where a table has a column. Parameters: table, column.
    var column: String {
        switch self {
        case .mariadb:
            """
            SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? \
            AND column_name = ?
            """
        case .sqlite: "SELECT 1 FROM pragma_table_info(?) WHERE name = ?"
        }
    }

    /// The names of the triggers on a table, as far as this account may see. Parameter: table.
    var triggers: String {
        switch self {
        case .mariadb:
            // By these two columns the server finds the table; by any others it would open every table it has.
            """
            SELECT trigger_name FROM information_schema.triggers \
            WHERE event_object_schema = DATABASE() AND event_object_table = ?
            """
        case .sqlite: "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE"
        }
    }

    /// A row where an index on a table begins with `alarma`. Parameter: table.
    var alarmIndex: String {
        switch self {
        case .mariadb:
            """
            SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? \
            AND column_name = 'alarma' AND seq_in_index = 1
            """
        case .sqlite:
            """
            SELECT 1 FROM pragma_index_list(?) AS l JOIN pragma_index_info(l.name) AS i \
            WHERE i.seqno = 0 AND i.name = 'alarma'
            """
        }
    }

    /// A row where what is written to a table can be rolled back. Parameter: table.
    var rollsBack: String {
        switch self {
        case .mariadb:
            """
            SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ? \
            AND engine = 'InnoDB'
            """
        case .sqlite: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        }
    }
}

// MARK: - The schema

extension SQLDialect {
    /// The statements that create a table with its indexes; harmless where they are.
    func statements(creating table: Schema.Table) -> [String] {
        func create(_ lines: [String]) -> String {
            "CREATE TABLE IF NOT EXISTS \(table.name) (\n  \(lines.joined(separator: ",\n  "))\n)"
        }
        switch self {
        case .mariadb:
            // MySQL has no CREATE INDEX IF NOT EXISTS: the indexes are part of the table.
            let keys =
                table.uniqueIndexes.map { "UNIQUE KEY \($0.name) (\($0.columns))" }
                + table.indexes.map { "KEY \($0.name) (\($0.columns))" }
            let columns = table.columns.map { $0.replacing(Schema.Table.counter, with: "AUTO_INCREMENT") }
            return [create(columns + keys) + " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"]
        case .sqlite:
            let counter = "BIGINT NOT NULL \(Schema.Table.counter)"
            func index(_ index: (name: String, columns: String), _ kind: String) -> String {
                "CREATE \(kind) IF NOT EXISTS \(index.name) ON \(table.name) (\(index.columns))"
            }
            return [create(table.columns.map { $0.replacing(counter, with: "INTEGER") })]
                + table.uniqueIndexes.map { index($0, "UNIQUE INDEX") } + table.indexes.map { index($0, "INDEX") }
        }
    }

    /// The triggers that count alarms, on the application's table of this name.
    func countingTriggers(on status: String) -> [Schema.Trigger] {
        switch self {
        case .mariadb:
            [
                mariaDBTrigger("MONITOR_ALARM_INSERT", "INSERT ON \(status)", when: "NEW.alarma = 1", stood: nil),
                mariaDBTrigger(
                    "MONITOR_ALARM_UPDATE", "UPDATE ON \(status)",
                    when: """
                        NEW.alarma = 1 AND (NOT OLD.alarma <=> 1 OR (@monitor_quiet IS NULL AND NEW.sound <=> OLD.sound))
                        """,
                    stood: "OLD.alarma = 1"),
            ]
        case .sqlite:
            [
                sqliteTrigger("MONITOR_ALARM_INSERT", "INSERT ON \(status)", stood: nil),
                sqliteTrigger("MONITOR_ALARM_UPDATE", "UPDATE OF alarma ON \(status)", stood: "OLD.alarma = 1"),
            ]
        }
    }

    /// Needs the privileges on `MONITOR_ALARM` that the triggers need, which act with those of the account that creates
    /// them; nil where there are no privileges.
    var countingStatement: String? {
        switch self {
        case .mariadb:
            "INSERT INTO MONITOR_ALARM (process_id, revision) VALUES (0, 0) ON DUPLICATE KEY UPDATE revision = revision"
        case .sqlite: nil
        }
    }

    // The handler: the application's statement must not fail for anything that is wrong with a table of ours.
    // A row that was in alarm already is raised again unless it can be told that the statement did not: @monitor_quiet
    // says that it is ours, a changed sound that a console was at it. The columns that a statement names can't be seen.
    private func mariaDBTrigger(
        _ name: String, _ event: String, when condition: String, stood: String?
    ) -> Schema.Trigger {
        func unlessStanding(_ column: String, _ value: String) -> String {
            "\(column) = " + (stood.map { "IF(\($0), \(column), \(value))" } ?? value)
        }
        return Schema.Trigger(
            name: name,
            statement: """
                CREATE TRIGGER \(name) AFTER \(event) FOR EACH ROW
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

    // Two plain statements: an `OR IGNORE` of the application's statement would also rule an upsert of ours.
    private func sqliteTrigger(_ name: String, _ event: String, stood: String?) -> Schema.Trigger {
        func unlessStanding(_ column: String, _ value: String) -> String {
            "\(column) = " + (stood.map { "CASE WHEN \($0) THEN \(column) ELSE \(value) END" } ?? value)
        }
        return Schema.Trigger(
            name: name,
            statement: """
                CREATE TRIGGER \(name) AFTER \(event) WHEN NEW.alarma = 1
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
}

// MARK: - Whose statements they are

extension SQLDialect {
    /// From then on the triggers count what this session writes, as they do for an application.
    var asApplication: [String] { self == .mariadb ? ["SET @monitor_quiet = NULL"] : [] }

    /// From then on they take what this session writes over a standing alarm for the monitor's own note.
    var asMonitor: [String] { self == .mariadb ? ["SET @monitor_quiet = 1"] : [] }
}

// MARK: - One program at a time

extension SQLDialect {
    /// How the tables are locked against other programs that change them, and unlocked, after an error too.
    ///
    /// On MariaDB and MySQL by a named lock, as their CREATE ends any transaction; on SQLite by a transaction. A query
    /// answers with 1 where the lock is had.
    var schemaLock: (acquire: String, release: String, abandon: String, isQuery: Bool) {
        switch self {
        case .mariadb:
            // The name of a lock is the server's, not the database's, and of 64 characters at most. It is waited for as
            // long as for any lock: not until we give up on the server.
            let name = "CONCAT('monitor.schema.', LEFT(DATABASE(), 40))"
            let release = "SELECT RELEASE_LOCK(\(name))"
            return ("SELECT GET_LOCK(\(name), @@SESSION.lock_wait_timeout)", release, release, true)
        case .sqlite: return (beginWriting, "COMMIT", "ROLLBACK", false)
        }
    }
}
