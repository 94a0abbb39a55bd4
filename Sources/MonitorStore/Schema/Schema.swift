/// The tables: the application's two, as specified, and the monitor's own.
///
/// What is said here is what `Resources/sql` prints for administrators who create tables by hand.
package enum Schema {
    /// The version that this build reads and writes.
    package static var version: Int { migrations.count }

    /// A step from one version to the next; each statement may be run again without harm.
    package struct Migration: Sendable {
        package let statements: @Sendable (SQLDialect) -> [String]
    }

    /// The steps in order, the first of which leads to version 1.
    ///
    /// Append only: a step that has been released is never changed.
    package static let migrations = [
        Migration { dialect in firstTables.flatMap { $0.statements(in: dialect) } }
    ]

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
}
