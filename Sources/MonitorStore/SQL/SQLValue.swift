internal import MonitorCore

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
