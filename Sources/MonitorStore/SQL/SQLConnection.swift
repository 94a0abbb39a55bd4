/// One connection to a database, used by one caller at a time.
///
/// Calls block the thread until the database has answered or the query timeout is over. After an error whose
/// ``SQLError/endsConnection`` is true the connection is of no more use. It is closed when it is released.
package protocol SQLConnection: AnyObject {
    var dialect: SQLDialect { get }
    /// What was reached, for people: `MariaDB 10.11.6 at db1:3306`.
    var server: String { get }
    /// The server takes no writes, as one that follows another.
    var isReadOnly: Bool { get }
    /// Statements that the database has answered, in all: tells whether a call had any effect before it failed.
    var statementsAnswered: Int { get }

    /// The statements that give our account these privileges; none where there is nothing to be given.
    func statements(granting grants: [Grants.Grant]) -> [String]

    /// Runs a statement that can't be prepared or is not worth it: no parameters, no rows.
    func run(_ sql: String) throws(SQLError)

    /// Prepares a statement and keeps it, without running it: shows whether tables and privileges suffice.
    func prepare(_ sql: String) throws(SQLError)

    /// Runs a statement, prepared at its first use and kept when `keeps` is true.
    ///
    /// - Parameter row: gets the rows one by one. It has had some of them when an error is thrown.
    /// - Returns: the affected rows, see ``SQLResult/affectedRows``.
    func execute(
        _ sql: String, _ parameters: [SQLValue], keeps: Bool, row: ([SQLValue]) -> Void
    ) throws(SQLError) -> Int
}

extension SQLConnection {
    package var isReadOnly: Bool { false }

    package func execute(_ sql: String, _ parameters: [SQLValue], keeps: Bool) throws(SQLError) -> SQLResult {
        var result = SQLResult()
        result.affectedRows = try execute(sql, parameters, keeps: keeps) { result.rows.append($0) }
        return result
    }

    func execute(_ sql: String, _ parameters: [SQLValue] = []) throws(SQLError) -> SQLResult {
        try execute(sql, parameters, keeps: true)
    }

    /// The first column of the first row.
    func scalar(_ sql: String, _ parameters: [SQLValue] = []) throws(SQLError) -> SQLValue? {
        try execute(sql, parameters, keeps: false).rows.first?.first
    }
}

/// What a statement did.
package struct SQLResult: Sendable {
    package var rows: [[SQLValue]] = []
    /// Rows that an `UPDATE` found (also where it changed nothing), an `INSERT` or `DELETE` wrote.
    package var affectedRows = 0

    package init(rows: [[SQLValue]] = [], affectedRows: Int = 0) {
        self.rows = rows
        self.affectedRows = affectedRows
    }
}
