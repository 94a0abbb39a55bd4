/// Reads a binary log for one thing: whether an alarm was raised in `STATUS_PROCESS`.
///
/// It is told the events in order and answers which of them call for a poll. What it does not
/// understand (a compressed event, an unknown type, a row that is too short) calls for one too. Rows with `alarma = 0`,
/// such as the monitor writes itself, and those of other tables do not.
///
/// The formats are those of the "Replication protocol" in MariaDB's and MySQL's manuals.
package struct BinlogDecoder {
    /// Where `alarma` stands among the columns of the table.
    package struct AlarmColumn: Sendable, Equatable {
        package var index: Int
        /// How many columns there are; if an event says otherwise, the table has changed since.
        package var count: Int

        package init(index: Int, count: Int) {
            self.index = index
            self.count = count
        }
    }

    /// The rows that the events to come speak of.
    private struct TableMap {
        var id: Int
        /// Nil where a type is unknown.
        var columns: [ColumnType]?
    }

    private let schema: [UInt8]
    private let table: [UInt8]
    private var column: AlarmColumn?
    /// The map of our table, where one is in force.
    private var map: TableMap?
    /// The types of the columns when ``column`` was found out; nil until they are seen.
    private var definition: [UInt8]?
    /// Bytes at the end of each event.
    private var checksumBytes = 0
    /// A row that calls for a poll was seen, and the end of its transaction was not.
    private var isRaised = false
    /// The caller must ask the server for ``AlarmColumn`` before the next event, and pass it to ``learn(_:)``.
    package private(set) var needsColumn = false
    private var mayHaveChanged = false

    /// - Parameters:
    ///   - schema: the database; compared without regard to case, as for `table`.
    ///   - column: nil where it is not known: then every new row calls for a poll.
    package init(schema: String, table: String, column: AlarmColumn?) {
        self.schema = schema.utf8.map(\.lowercased)
        self.table = table.utf8.map(\.lowercased)
        self.column = column
    }

    /// Whether an event is the server's sign that it is alive and has nothing else to say.
    static func isHeartbeat(_ event: ArraySlice<UInt8>) -> Bool {
        event.count >= 19 && [27, 41].contains(event[event.startIndex + 4])
    }

    /// Takes the answer to ``needsColumn``; nil = the server did not give one.
    package mutating func learn(_ column: AlarmColumn?) {
        self.column = column
        needsColumn = false
        mayHaveChanged = column == nil
    }

    /// Takes one event, from its header to its checksum.
    ///
    /// - Returns: whether it calls for a poll.
    package mutating func take(_ event: ArraySlice<UInt8>) -> Bool {
        // The header: time, type, server, length, next position, flags.
        guard event.count >= 19 else { return true }
        let type = event[event.startIndex + 4]
        let body = event.dropFirst(19)
        switch type {
        case 15:  // FORMAT_DESCRIPTION: the last five bytes are the kind of checksum, and one
            checksumBytes = event.dropLast(4).last == 0 ? 0 : 4
            map = nil
            return false
        case 19: return takeTableMap(body.dropLast(checksumBytes))
        case 23, 24, 30, 31:  // WRITE_ROWS and UPDATE_ROWS, version 1 and 2
            if raises(body.dropLast(checksumBytes), isUpdate: type == 24 || type == 31, version: type < 30 ? 1 : 2) {
                isRaised = true
            }
            return false
        case 39, 166, 167, 169, 170:  // PARTIAL_UPDATE_ROWS, and rows compressed: only the table can be read
            if isOurs(body) { isRaised = true }
            return false
        case 16, 38:  // XID, XA_PREPARE: the end of a transaction
            defer { isRaised = false }
            return isRaised
        case 33, 34, 42, 162:  // a GTID: the beginning of one
            isRaised = false
            return false
        case 2, 18: return takeQuery(body.dropLast(checksumBytes))  // QUERY, EXECUTE_LOAD_QUERY
        case 26, 40, 165:  // INCIDENT, TRANSACTION_PAYLOAD, QUERY_COMPRESSED: anything may have happened
            mayHaveChanged = true
            return true
        // Rows deleted, signs of life, other files, what goes before a statement: nothing that raises an alarm.
        case 3...5, 9, 11, 13, 14, 17, 25, 27...29, 32, 35...37, 41, 160, 161, 163, 164, 168, 171: return false
        default: return true
        }
    }

    private mutating func takeTableMap(_ body: ArraySlice<UInt8>) -> Bool {
        var reader = ByteReader(body)
        guard let id = reader.integer(bytes: 6), reader.skip(2) != nil, let schema = reader.name(),
            let table = reader.name()
        else { return true }
        guard schema.isSame(as: self.schema), table.isSame(as: self.table) else {
            if map?.id == id { map = nil }
            return false
        }
        let definition = reader.rest
        map = TableMap(id: id, columns: Self.columns(&reader))
        let described = body[definition.startIndex..<reader.rest.startIndex]
        if self.definition.map({ !$0.elementsEqual(described) }) ?? true {
            if self.definition != nil { mayHaveChanged = true }
            self.definition = Array(described)
        }
        needsColumn = mayHaveChanged
        return false
    }

    private static func columns(_ reader: inout ByteReader) -> [ColumnType]? {
        guard let count = reader.packedLength(), let types = reader.take(count), let length = reader.packedLength(),
            let metadata = reader.take(length)
        else { return nil }
        var described = ByteReader(metadata)
        var columns: [ColumnType] = []
        for type in types {
            guard let column = ColumnType(type, metadata: &described) else { return nil }
            columns.append(column)
        }
        return columns
    }

    private func isOurs(_ rows: ArraySlice<UInt8>) -> Bool {
        var reader = ByteReader(rows)
        return map != nil && reader.integer(bytes: 6) == map?.id
    }

    /// Whether a row event says that an alarm stands now, or can't be understood.
    private func raises(_ body: ArraySlice<UInt8>, isUpdate: Bool, version: Int) -> Bool {
        guard isOurs(body), let columns = map?.columns, let column, column.count == columns.count else {
            return isOurs(body)
        }
        var reader = ByteReader(body)
        return RowImages(&reader, columns: columns, isUpdate: isUpdate, version: version)?
            .raise(columnAt: column.index) ?? true
    }

    private mutating func takeQuery(_ body: ArraySlice<UInt8>) -> Bool {
        // A change of the table, or of its rows where the server logs statements.
        if body.mentions(table) {
            mayHaveChanged = true
            return true
        }
        // A COMMIT of tables without transactions; rows of a prepared transaction are there from this on.
        return isRaised || body.mentions(Array("xa commit".utf8))
    }
}
