package import MonitorCore

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

/// A value of a row or a parameter.
package enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case text(String)

    /// The integer; nil for NULL and for text that is none.
    package var integer: Int64? {
        switch self {
        case .null: nil
        case .integer(let value): value
        // MariaDB computes in DECIMAL here and there, and sends that as text.
        case .text(let text): Int64(text)
        }
    }

    /// The text; nil for NULL.
    package var text: String? {
        switch self {
        case .null: nil
        case .integer(let value): String(value)
        case .text(let text): text
        }
    }
}

extension SQLValue {
    init(_ integer: Int64?) { self = integer.map(Self.integer) ?? .null }
    init(_ integer: Int) { self = .integer(Int64(integer)) }
    init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
    init(_ text: String?) { self = text.map(Self.text) ?? .null }
    init(_ moment: Timestamp?) { self.init(moment?.milliseconds) }
}

/// Reads the columns of a row from left to right.
struct SQLRowReader {
    private var rest: ArraySlice<SQLValue>

    init(_ row: [SQLValue]) { rest = row[...] }

    mutating func integer() -> Int64? { rest.removeFirst().integer }
    mutating func text() -> String? { rest.removeFirst().text }
    mutating func timestamp() -> Timestamp? { integer().map(Timestamp.init(milliseconds:)) }
}

/// Why a database did not do what a statement asked.
package struct SQLError: Error, Sendable, Equatable {
    package var code: StoreError.Code
    /// The number of the server or library.
    package var number: Int32
    /// What is wrong and what mends it, without any value that was sent.
    package var reason: String
    /// Nothing more can be asked on this connection.
    package var endsConnection: Bool

    package init(_ code: StoreError.Code, number: Int32 = 0, reason: String, endsConnection: Bool = false) {
        self.code = code
        self.number = number
        self.reason = reason
        self.endsConnection = endsConnection
    }

    /// The same, as the caller of a store sees it: `message` says what was attempted.
    func storeError(_ message: String) -> StoreError { StoreError(code, message, reason: reason) }
}
