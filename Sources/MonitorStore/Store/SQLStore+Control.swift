package import MonitorCore

extension SQLStore: ControlStore {
    package func initialize(addsIndex: Bool) throws(StoreError) -> [String] {
        try initializeTables(addsIndex: addsIndex)
    }

    package func setAlarm(_ processIDs: [Int64], note: String?) throws(StoreError) {
        let note = note?.cut(toCharacters: RecoveryNote.limit)
        try change("cannot set the alarm") { session throws(SQLError) in
            let sql = ControlSQL(session)
            // The monitor's own sessions don't count as raising an alarm; here an operator does.
            try session.raisingAlarms { () throws(SQLError) in
                for id in processIDs.map(SQLValue.integer) {
                    let update = sql.setAlarm(withNote: note != nil)
                    let found = try session.connection.execute(update, (note.map { [.text($0)] } ?? []) + [id])
                    guard found.affectedRows == 0 else { continue }
                    _ = try session.connection.execute(sql.insertStatus, [.integer(1), SQLValue(note), id])
                }
            }
        }
    }

    package func clearAlarm(_ processIDs: [Int64], note: String?) throws(StoreError) {
        let note = note.map { [SQLValue.text($0.cut(toCharacters: RecoveryNote.limit))] } ?? []
        try change("cannot clear the alarm") { session throws(SQLError) in
            let update = ControlSQL(session).clearAlarm(withNote: !note.isEmpty)
            for id in processIDs { _ = try session.connection.execute(update, note + [.integer(id)]) }
        }
    }

    package func reset(_ processIDs: [Int64], by user: String) throws(StoreError) {
        try changeState("cannot reset the breaker", of: processIDs) { id, name, session throws(SQLError) in
            let key: [SQLValue] = [.text(host), .integer(id)]
            if try session.connection.execute(ControlSQL.resetBreaker, key).affectedRows == 0 {
                // A row is made where there is none: its generation tells a recovery under way that it is outdated.
                var row = BreakerTable.Row()
                row.breaker.reset()
                _ = try session.connection.execute(
                    session.alarms.insertBreaker, row.breaker.row + row.inFlightColumns + key)
            }
            try recordDoing(.reset, of: id, name, detail: "by \(user)", in: session)
        }
    }

    package func hold(_ processIDs: [Int64], _ hold: Hold) throws(StoreError) {
        try changeState("cannot hold the process", of: processIDs) { id, name, session throws(SQLError) in
            let row: [SQLValue] = [
                .text(host), .integer(id), SQLValue(hold.since), SQLValue(hold.until),
                SQLValue(hold.reason?.cut(toCharacters: 500)), SQLValue(hold.by?.cut(toCharacters: 100)),
            ]
            _ = try session.connection.execute(ControlSQL.writeHold, row)
            try recordDoing(.held, of: id, name, detail: hold.detail, in: session)
        }
    }

    package func release(_ processIDs: [Int64], by user: String) throws(StoreError) {
        try changeState("cannot release the process", of: processIDs) { id, name, session throws(SQLError) in
            let found = try session.connection.execute(ControlSQL.deleteHold, [.text(host), .integer(id)])
            if found.affectedRows > 0 { try recordDoing(.released, of: id, name, detail: "by \(user)", in: session) }
        }
    }

    package func addProcess(_ name: ProcessName, id: Int64?) throws(StoreError) -> Int64 {
        let message = "cannot add the process '\(name)'"
        let result = try perform(message) { session throws(SQLError) -> Result<Int64, StoreError> in
            let sql = ControlSQL(session)
            return try session.transaction { () throws(SQLError) in
                let same = try session.connection.execute(sql.idsOfName, [.text(name.rawValue)], keeps: false).rows
                guard same.isEmpty else { return .failure(.processExists(name)) }
                let last = try session.connection.scalar(sql.largestID)?.integer ?? 0
                let id = id ?? last + 1
                let taken = try session.connection.execute(sql.nameOfID, [.integer(id)], keeps: false).rows
                guard taken.isEmpty else { return .failure(.processExists(name, id: id)) }
                _ = try session.connection.execute(sql.insertProcess, [.integer(id), .text(name.rawValue)])
                _ = try session.connection.execute(sql.insertStatus, [.integer(0), .null, .integer(id)])
                return .success(id)
            }
        }
        return try result.get()
    }

    package func removeProcess(_ processID: Int64) throws(StoreError) {
        try change("cannot remove the process") { session throws(SQLError) in
            let id = SQLValue.integer(processID)
            for statement in ControlSQL(session).removal {
                _ = try session.connection.execute(statement, [id], keeps: false)
            }
        }
    }

    // MARK: - What the verbs share

    /// Changes something in one transaction.
    private func change(_ message: String, _ body: (SQLSession) throws(SQLError) -> Void) throws(StoreError) {
        try perform(message) { session throws(SQLError) in
            try session.transaction { () throws(SQLError) in try body(session) }
        }
    }

    /// Changes something that is in the monitor's own tables only, for each of the processes that there are.
    private func changeState(
        _ message: String, of processIDs: [Int64], _ body: (Int64, String, SQLSession) throws(SQLError) -> Void
    ) throws(StoreError) {
        try change(message) { session throws(SQLError) in
            guard session.capabilities.persistsState else {
                throw SQLError(
                    .schema, reason: "the tables of the monitor (MONITOR_…) are missing; 'monitorctl init' creates them"
                )
            }
            let sql = ControlSQL(session)
            for id in processIDs {
                let row = try session.connection.execute(sql.nameOfID, [.integer(id)]).rows.first
                if let name = row?.first?.text { try body(id, name, session) }
            }
        }
    }

    private func recordDoing(
        _ kind: HistoryEntry.Kind, of id: Int64, _ name: String, detail: String, in session: SQLSession
    ) throws(SQLError) {
        let row: [SQLValue] = [
            .text(host), .integer(id), .text(name.cut(toCharacters: Self.nameLimit)), .text(kind.rawValue),
            SQLValue(clock.now()), .integer(0), .integer(0),
            .text(detail.cut(toCharacters: HistoryEntry.detailLimit)), .null, .null, .null,
        ]
        _ = try session.connection.execute(session.alarms.insertHistory, row)
    }
}

extension SQLSession {
    /// Does something by which alarms are raised, and counted.
    fileprivate func raisingAlarms(_ body: () throws(SQLError) -> Void) throws(SQLError) {
        guard connection.dialect == .mariadb else { return try body() }
        try connection.run("SET @monitor_quiet = NULL")
        do {
            try body()
        } catch {
            if !error.endsConnection { try? connection.run("SET @monitor_quiet = 1") }
            throw error
        }
        try connection.run("SET @monitor_quiet = 1")
    }
}
