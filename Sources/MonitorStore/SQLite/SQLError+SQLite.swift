internal import CSQLite
internal import MonitorCore

extension SQLError {
    /// The error that libsqlite3 gave last on a connection, with the remedy where there is one.
    init(sqlite connection: OpaquePointer) {
        let extended = sqlite3_extended_errcode(connection)
        let message = String(cString: sqlite3_errmsg(connection)).escapedForDisplay(limit: 300)
        let said = "\(message) (\(extended))"
        switch extended & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED:
            self.init(.busy, number: extended, reason: "another program holds the lock: \(said)")
        case SQLITE_CONSTRAINT where Self.isDuplicate(extended):
            self.init(.duplicate, number: extended, reason: "a row with that key exists already (\(extended))")
        case SQLITE_PERM, SQLITE_AUTH:
            self.init(.denied, number: extended, reason: said, endsConnection: true)
        case SQLITE_READONLY:
            self.init(.unwritable, number: extended, reason: "the file is read-only: \(said)", endsConnection: true)
        case SQLITE_FULL:
            self.init(.unwritable, number: extended, reason: "the disk is full: \(said)")
        case SQLITE_IOERR:
            self.init(
                .unwritable, number: extended, reason: "the file can't be read or written: \(said)",
                endsConnection: true)
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            self.init(
                .unwritable, number: extended,
                reason: "the file is damaged or no database: \(said); move it away and run 'monitorctl init'",
                endsConnection: true)
        case SQLITE_CANTOPEN:
            self.init(.unreachable, number: extended, reason: said, endsConnection: true)
        case SQLITE_ERROR, SQLITE_SCHEMA:
            // The library has no number of its own for a missing table or column.
            if message.hasPrefix("no such column") {
                let remedy = TableNames.remedy(forMissingColumn: message)
                self.init(.schema, number: extended, reason: "\(said); \(remedy)")
            } else if message.hasPrefix("no such ") {
                self.init(.schema, number: extended, reason: "\(said); 'monitorctl init' creates the tables")
            } else {
                self.init(.rejected, number: extended, reason: said)
            }
        default:
            self.init(.rejected, number: extended, reason: said)
        }
    }

    private static func isDuplicate(_ extended: Int32) -> Bool {
        // `SQLITE_CONSTRAINT_PRIMARYKEY`, `…_UNIQUE` and `…_ROWID`, computed macros that Swift can't import.
        [6, 8, 10].contains(extended >> 8)
    }
}
