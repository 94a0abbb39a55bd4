extension Schema {
    /// A trigger on the application's `STATUS_PROCESS`.
    package struct Trigger: Sendable {
        package let name: String
        package let statement: String
    }

    /// The triggers that count in `MONITOR_ALARM` how often each alarm was raised, whoever raises it.
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
    // @monitor_quiet: the monitor's own notes, on a standing alarm, do not raise it again.
    private static func mariaDBTriggers(on status: String) -> [Trigger] {
        let now = SQLDialect.mariadb.now
        func trigger(_ name: String, _ event: String, when condition: String, raisedAt: String) -> Trigger {
            Trigger(
                name: name,
                statement: """
                    CREATE TRIGGER \(name) AFTER \(event) ON \(status) FOR EACH ROW
                    BEGIN
                      DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
                      IF \(condition) THEN
                        INSERT INTO MONITOR_ALARM (process_id, revision, raised_at)
                          VALUES (NEW.process_id, 1, \(now))
                          ON DUPLICATE KEY UPDATE revision = revision + 1, raised_at = \(raisedAt);
                      END IF;
                    END
                    """)
        }
        return [
            trigger("MONITOR_ALARM_INSERTED", "INSERT", when: "NEW.alarma = 1", raisedAt: now),
            trigger(
                "MONITOR_ALARM_UPDATED", "UPDATE", when: "NEW.alarma = 1 AND @monitor_quiet IS NULL",
                raisedAt: "IF(OLD.alarma = 1, raised_at, \(now))"),
        ]
    }

    // Two plain statements: an `OR IGNORE` of the application's statement would also rule an upsert of ours.
    private static func sqliteTriggers(on status: String) -> [Trigger] {
        let now = SQLDialect.sqlite.now
        func trigger(_ name: String, _ event: String, raisedAt: String) -> Trigger {
            Trigger(
                name: name,
                statement: """
                    CREATE TRIGGER \(name) AFTER \(event) ON \(status) WHEN NEW.alarma = 1
                    BEGIN
                      INSERT INTO MONITOR_ALARM (process_id, revision)
                        SELECT NEW.process_id, 0
                        WHERE NOT EXISTS (SELECT 1 FROM MONITOR_ALARM WHERE process_id = NEW.process_id);
                      UPDATE MONITOR_ALARM SET revision = revision + 1, raised_at = \(raisedAt)
                        WHERE process_id = NEW.process_id;
                    END
                    """)
        }
        return [
            trigger("MONITOR_ALARM_INSERTED", "INSERT", raisedAt: now),
            trigger(
                "MONITOR_ALARM_UPDATED", "UPDATE OF alarma",
                raisedAt: "CASE WHEN OLD.alarma = 1 THEN raised_at ELSE \(now) END"),
        ]
    }
}
