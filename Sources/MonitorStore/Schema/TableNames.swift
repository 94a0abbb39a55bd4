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

/// Which tables there are.
struct TableSurvey {
    /// Every table of ours or of the application, as it is written.
    private let found: [String]

    init(_ connection: any SQLConnection) throws(SQLError) {
        let query =
            switch connection.dialect {
            case .mariadb: "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
            case .sqlite: "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
            }
        found = try connection.execute(query, [], keeps: false).rows.compactMap(\.first?.text)
    }

    /// How a table's name is written: as specified where there is such a one, else in whatever case; nil = no table.
    func name(of table: String) -> String? {
        found.contains(table) ? table : found.first { $0.uppercased() == table }
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
                let missing = missing.joined(separator: " and ")
                throw SQLError(.schema, reason: "no table \(missing); 'monitorctl init' creates the tables")
            }
            return TableNames(process: process, status: status)
        }
    }
}
