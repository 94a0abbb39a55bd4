/// Reads a binary log for one thing: whether rows of `STATUS_PROCESS` were written, of which one may be an alarm now.
///
/// It takes the events in order and answers which of them call for a poll: one for each transaction that inserts or
/// updates rows of the table. What it does not understand (an unknown type, a text that is cut off) calls for one too;
/// other tables do not. Which columns changed, and to what, is not read: that would save polls only where an
/// application writes these rows all the time (`docs/decisions/0006-change-feed.md` has the figures).
///
/// The formats are those of the "Replication protocol" in MariaDB's and MySQL's manuals.
package struct BinlogDecoder {
    private let schema: [UInt8]
    private let table: [UInt8]
    /// The number under which the events to come speak of our table.
    private var tableID: Int?
    /// A row of the table was written, and the end of its transaction was not seen.
    private var isWritten = false

    /// - Parameter schema: the database; compared without regard to case, as for `table`.
    package init(schema: String, table: String) {
        self.schema = schema.utf8.map(\.lowercased)
        self.table = table.utf8.map(\.lowercased)
    }

    /// Whether an event is the server's sign that it is alive and has nothing else to say.
    static func isHeartbeat(_ event: ArraySlice<UInt8>) -> Bool {
        event.count >= 19 && [27, 41].contains(event[event.startIndex + 4])
    }

    /// Takes one event, from its header to its checksum.
    ///
    /// - Returns: whether it calls for a poll.
    package mutating func take(_ event: ArraySlice<UInt8>) -> Bool {
        // The header: time, type, server, length, next position, flags.
        guard event.count >= 19 else { return true }
        let body = event.dropFirst(19)
        switch event[event.startIndex + 4] {
        case 15:  // FORMAT_DESCRIPTION: another file, or another server
            tableID = nil
            return false
        case 19: return takeTableMap(body)
        // WRITE_ROWS and UPDATE_ROWS, version 1 and 2; PARTIAL_UPDATE_ROWS; rows compressed
        case 23, 24, 30, 31, 39, 166, 167, 169, 170:
            var reader = ByteReader(body)
            if let tableID, reader.integer(bytes: 6) == tableID { isWritten = true }
            return false
        case 16, 38:  // XID, XA_PREPARE: the end of a transaction
            defer { isWritten = false }
            return isWritten
        case 33, 34, 42, 162:  // a GTID: the beginning of one
            isWritten = false
            return false
        // QUERY, EXECUTE_LOAD_QUERY: a change of the table, or of its rows where the server logs statements; a COMMIT of
        // tables without transactions; rows of a prepared transaction are there from this on.
        case 2, 18: return isWritten || body.mentions(table) || body.mentions(Array("xa commit".utf8))
        // INCIDENT, TRANSACTION_PAYLOAD, QUERY_COMPRESSED: anything may have happened
        case 26, 40, 165: return true
        // Rows deleted, signs of life, other files, what goes before a statement: nothing that raises an alarm.
        case 3...5, 9, 11, 13, 14, 17, 25, 27...29, 32, 35...37, 41, 160, 161, 163, 164, 168, 171: return false
        default: return true
        }
    }

    /// Takes the number under which a table is spoken of until the next such event, or file.
    private mutating func takeTableMap(_ body: ArraySlice<UInt8>) -> Bool {
        var reader = ByteReader(body)
        guard let id = reader.integer(bytes: 6), reader.skip(2) != nil, let schema = reader.name(),
            let table = reader.name()
        else { return true }
        if schema.isSame(as: self.schema), table.isSame(as: self.table) {
            tableID = id
        } else if tableID == id {
            tableID = nil
        }
        return false
    }
}
