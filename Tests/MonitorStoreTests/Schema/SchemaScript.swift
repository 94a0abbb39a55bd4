@testable import MonitorStore

/// The schema as scripts for administrators who create tables by hand: what `Resources/sql` holds.
enum SchemaScript: String, CaseIterable {
    case mariadb, sqlite, grants

    var text: String {
        switch self {
        case .mariadb: Self.header("mariadb", "mariadb v_process_monitor <") + Self.tables(.mariadb)
        case .sqlite: Self.header("sqlite3", "sqlite3 /var/lib/monitord/monitor.db <") + Self.tables(.sqlite)
        case .grants: Self.privileges
        }
    }

    private static func header(_ client: String, _ command: String) -> String {
        """
        -- The tables of the Process Monitor, as 'monitorctl init' creates them; harmless to run again.
        --
        --   \(command) \(client == "mariadb" ? "mariadb.sql" : "sqlite.sql")
        --
        -- Moments are milliseconds since 1970-01-01 00:00 UTC. What each column means: docs/reference/tables.md.


        """
    }

    private static func tables(_ dialect: SQLDialect) -> String {
        let application = ["PROCESE", "STATUS_PROCESS"].map {
            Schema.applicationTable($0).replacing("CREATE TABLE ", with: "CREATE TABLE IF NOT EXISTS ")
        }
        let own = Schema.tables(in: dialect)
        let ignoring = dialect == .mariadb ? "IGNORE" : "OR IGNORE"
        let state = """
            INSERT \(ignoring) INTO MONITOR_SCHEMA (item, value) VALUES ('version', \(Schema.version)), \
            ('counts_revisions', 1)
            """
        return section("The two tables of the application.", application)
            + section("The monitor's own.", own)
            + section(
                "An index without which every poll reads every row: the one change to a table of the application.",
                [dialect == .mariadb ? "-- " + index : index.replacing("INDEX", with: "INDEX IF NOT EXISTS")])
            + triggers(dialect)
            + section("What this script has done, for the programs.", [state])
    }

    private static let index = "CREATE INDEX \(Schema.alarmIndex) ON STATUS_PROCESS (alarma)"

    private static func section(_ title: String, _ statements: [String]) -> String {
        "-- \(title)\n\n" + statements.map { "\($0);\n\n" }.joined()
    }

    private static func triggers(_ dialect: SQLDialect) -> String {
        let definer = """
            -- They act with the privileges of the account that runs this script, which has to stay.

            """
        let title = """
            -- Triggers that count how often each alarm is raised, so that one raised again during a recovery is never
            -- cleared with the one before.
            \(dialect == .mariadb ? definer : "")

            """
        let triggers = Schema.triggers(in: dialect)
        let drops =
            (Schema.formerTriggers + triggers.map(\.name)).map { "DROP TRIGGER IF EXISTS \($0);\n" }.joined() + "\n"
        switch dialect {
        case .mariadb:
            return title + drops + "DELIMITER //\n\n" + triggers.map { "\($0.statement) //\n\n" }.joined()
                + "DELIMITER ;\n\n"
        case .sqlite:
            return title + drops + triggers.map { "\($0.statement);\n\n" }.joined()
        }
    }

    private static var privileges: String {
        let database = "v_process_monitor"
        func list(_ grants: [Grants.Grant], _ account: String) -> String {
            grants.map { $0.statement(database: database, account: account) + ";\n" }.joined()
        }
        return """
            -- The least privileges of the Process Monitor, for a database of the name in the sample configuration.
            --
            -- The accounts are made before:
            --
            --   CREATE USER 'monitord'@'localhost' IDENTIFIED BY '…';

            -- The daemon: without these it can do nothing …

            \(list(Grants.application, "'monitord'@'localhost'"))
            -- … and without these it forgets breakers, holds and history with every restart.

            \(list(Grants.state, "'monitord'@'localhost'"))
            -- To see alarms when they are committed, and not at check_interval only. It can't be given for one table: who has
            -- it can read all changes of all databases. So it is yours to decide. MySQL wants REPLICATION CLIENT too.
            --
            --   GRANT \(Grants.feed) ON *.* TO 'monitord'@'localhost';

            -- monitorctl, for everything but 'init'.

            \(list(Grants.tool, "'monitorctl'@'localhost'"))
            -- The account that runs 'monitorctl init', or mariadb.sql: to be kept, because the triggers act as it.
            -- A server with a binary log lets it create triggers only with log_bin_trust_function_creators = 1.

            \(Grants.creation.statement(database: database, account: "'monitor_admin'@'localhost'"));

            """
    }
}
