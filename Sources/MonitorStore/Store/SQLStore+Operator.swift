package import MonitorCore

// What an operator does: breakers, holds, and the list of processes.
extension SQLStore {
    package func reset(_ processIDs: [Int64], by user: String) throws(StoreError) {
        try changeState(of: processIDs, "cannot reset the breaker") { id, session throws(SQLError) in
            guard try record(.reset, of: id, detail: "by \(user)", in: session) else { return }
            let sql = ControlSQL(session).resetBreaker
            let keys: [SQLValue] = [.text(host), .integer(id)]
            guard try session.connection.execute(sql, keys).affectedRows == 0 else { return }
            // A row is made where there is none: its generation tells a recovery under way that it is outdated.
            var row = BreakerTable.Row()
            row.breaker.reset()
            let values = row.breaker.row + row.claimColumns + keys
            _ = try session.connection.execute(session.alarms.insertBreaker, values)
        }
    }

    package func hold(_ processIDs: [Int64], _ hold: Hold) throws(StoreError) {
        try changeState(of: processIDs, "cannot hold the process") { id, session throws(SQLError) in
            guard try record(.held, of: id, detail: hold.detail, in: session) else { return }
            let row: [SQLValue] = [
                .text(host), .integer(id), SQLValue(hold.since), SQLValue(hold.until),
                SQLValue(hold.reason?.cut(toCharacters: 500)), SQLValue(hold.by?.cut(toCharacters: 100)),
            ]
            _ = try session.connection.execute(ControlSQL(session).hold, row)
        }
    }

    package func release(_ processIDs: [Int64], by user: String) throws(StoreError) {
        try changeState(of: processIDs, "cannot release the process") { id, session throws(SQLError) in
            let sql = ControlSQL(session).release
            let released = try session.connection.execute(sql, [.text(host), .integer(id)]).affectedRows > 0
            if released { _ = try record(.released, of: id, detail: "by \(user)", in: session) }
        }
    }

    /// Does something to each process, or to none, in the tables of the monitor.
    private func changeState(
        of processIDs: [Int64], _ message: String, _ change: (Int64, SQLSession) throws(SQLError) -> Void
    ) throws(StoreError) {
        try perform(message) { session throws(SQLError) in
            try session.requireState()
            try session.transaction { () throws(SQLError) in
                // In order, so that two operators don't wait for each other.
                for id in processIDs.sorted() { try change(id, session) }
            }
        }
    }

    /// - Returns: false when there is no such process.
    private func record(
        _ kind: HistoryEntry.Kind, of id: Int64, detail: String, in session: SQLSession
    ) throws(SQLError) -> Bool {
        let detail = detail.cut(toCharacters: HistoryEntry.detailLimit)
        let row: [SQLValue] = [
            .text(host), .text(kind.rawValue), SQLValue(clock.now()), .text(detail), .integer(id),
        ]
        return try session.connection.execute(ControlSQL(session).recordDoing, row).affectedRows > 0
    }

    package func addProcess(_ name: ProcessName, id: Int64?) throws(StoreError) -> Int64 {
        try perform("cannot add the process '\(name)'") { session throws(SQLError) in
            let (connection, sql) = (session.connection, ControlSQL(session))
            return try session.transaction { () throws(SQLError) in
                let names = try connection.execute(sql.namesLike, [.text(name.rawValue)], keeps: false).rows
                guard !names.contains([.text(name.rawValue)]) else {
                    throw SQLError(.duplicate, reason: "a process of that name exists already")
                }
                let next = try connection.scalar(sql.nextID)?.integer ?? 1
                try insert(name, id: id ?? next, isChosen: id != nil, sql, in: connection)
                return id ?? next
            }
        }
    }

    private func insert(
        _ name: ProcessName, id: Int64, isChosen: Bool, _ sql: ControlSQL, in connection: any SQLConnection
    ) throws(SQLError) {
        do {
            _ = try connection.execute(sql.insertProcess, [.integer(id), .text(name.rawValue)], keeps: false)
        } catch let error where error.code == .duplicate {
            // An id of our own choice was taken by somebody else in this moment: the next try finds another.
            throw isChosen
                ? SQLError(.duplicate, reason: "a process with id \(id) exists already")
                : SQLError(.busy, reason: "another process was added at the same time")
        }
        do {
            _ = try connection.execute(sql.insertStatus, [.integer(id)], keeps: false)
        } catch let error where error.code == .duplicate {
            // The application has written the status already.
        }
    }

    package func removeProcess(_ processID: Int64) throws(StoreError) {
        try perform("cannot remove the process") { session throws(SQLError) in
            try session.transaction { () throws(SQLError) in
                for removal in ControlSQL(session).removals {
                    _ = try session.connection.execute(removal, [.integer(processID)], keeps: false)
                }
            }
        }
    }

    package func initialize(addsIndex: Bool) throws(StoreError) -> [String] {
        try createTables { connection throws(SQLError) in
            var migrator = SchemaMigrator(connection)
            try migrator.migrate(createsApplicationTables: true, addsIndex: addsIndex)
            return migrator.report + migrator.remarks
        }
    }
}
