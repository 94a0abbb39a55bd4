internal import MonitorCore

/// The names under which the two tables of the application are found.
///
/// On a server that tells upper from lower case they may be written otherwise than in the specification.
struct TableNames: Sendable, Equatable {
    static let specified = TableNames(process: "PROCESE", status: "STATUS_PROCESS")

    var process: String
    var status: String

    /// A table's name as it stands in a statement: quoted unless it is the specified one, which needs no quotes.
    static func reference(to table: String, in dialect: SQLDialect) -> String {
        [specified.process, specified.status].contains(table) ? table : dialect.quoted(table)
    }
}

extension TableNames {
    /// What mends a column that a statement names and that is missing: one of the application's two tables, which the
    /// application owns, or one of the monitor's own.
    ///
    /// - Parameter message: what the database said; it names the column: `Unknown column 's.notes'`, `no such column:
    ///   s.notes`.
    static func remedy(forMissingColumn message: String) -> String {
        let words = message.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map { $0.lowercased() }
        guard let column = columns.first(where: { words.contains($0.name) }) else {
            return "'monitorctl init' brings the tables of the monitor (MONITOR_…) to the version of this build"
        }
        return """
            a table of the application lacks the column '\(column.name)', which 'monitorctl init' never adds; \
            ALTER TABLE \(column.table) ADD COLUMN \(column.name) \(column.type)
            """
    }

    private static let columns: [(name: String, table: String, type: String)] = [
        ("notes", specified.status, "VARCHAR(100)"), ("alarma", specified.status, "TINYINT NOT NULL DEFAULT 0"),
        ("sound", specified.status, "TINYINT NOT NULL DEFAULT 0"),
        ("process_name", specified.process, "VARCHAR(100) NOT NULL"),
    ]
}

/// Which tables there are.
struct TableSurvey {
    /// Every table of ours or of the application, as it is written.
    private let found: [String]
    private let connection: any SQLConnection

    init(_ connection: any SQLConnection) throws(SQLError) {
        self.connection = connection
        found = try connection.execute(connection.dialect.tables, [], keeps: false).rows.compactMap(\.first?.text)
    }

    /// How a table's name is written: as specified where there is such a one, else in whatever case; nil = no table.
    func name(of table: String) -> String? {
        found.contains(table) ? table : found.first { $0.uppercased() == table }
    }

    /// Whether a table of ours has a column.
    static func hasColumn(
        _ column: String, of table: String, in connection: any SQLConnection
    ) throws(SQLError) -> Bool {
        try !connection.execute(connection.dialect.column, [.text(table), .text(column)], keeps: false).rows.isEmpty
    }

    /// The application's tables that are missing, by their specified names.
    var missing: [String] {
        [TableNames.specified.process, TableNames.specified.status].filter { name(of: $0) == nil }
    }

    /// The application's tables.
    ///
    /// - Throws: `schema` when one is missing.
    var requiredApplication: TableNames {
        get throws(SQLError) {
            guard let process = name(of: TableNames.specified.process),
                let status = name(of: TableNames.specified.status)
            else {
                // A server shows no tables on which the account may do nothing: it has to be asked for each.
                for table in missing {
                    do {
                        try connection.prepare("SELECT 1 FROM \(table)")
                    } catch let error where error.code == .schema {
                        // It is not there: said below, of all of them.
                    }
                }
                let missing = missing.joined(separator: " and ")
                throw SQLError(.schema, reason: "no table \(missing); 'monitorctl init' creates the tables")
            }
            return TableNames(process: process, status: status)
        }
    }
}
