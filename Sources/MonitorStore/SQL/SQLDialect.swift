/// Where the SQL of MariaDB and MySQL differs from that of SQLite.
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

    /// A name in quotes, whatever is in it.
    func quoted(_ name: String) -> String {
        let quote = self == .mariadb ? "`" : "\""
        return quote + name.replacing(quote, with: quote + quote) + quote
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
