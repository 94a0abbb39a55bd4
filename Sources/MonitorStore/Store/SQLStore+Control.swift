package import MonitorCore

extension SQLStore: ControlStore {
    package func initialize(addsIndex: Bool) throws(StoreError) -> [String] {
        try initializeTables(addsIndex: addsIndex)
    }

    package func setAlarm(_ processIDs: [Int64], note: String?) throws(StoreError) {
        try change("cannot set the alarm") { session throws(SQLError) in
            let sql = ControlSQL(session)
            // The monitor's own sessions don't count as raising an alarm; here an operator does.
            try session.raisingAlarms { () throws(SQLError) in
                for id in processIDs {
                    let found = try session.connection.execute(
                        sql.setAlarm(withNote: note != nil), sql.note(note) + [.integer(id)])
                    guard found.affectedRows == 0 else { continue }
                    _ = try session.connection.execute(sql.insertStatus, [.integer(id), .integer(1), SQLValue(note)])
                }
            }
        }
    }

    package func clearAlarm(_ processIDs: [Int64], note: String?) throws(StoreError) {
        try change("cannot clear the alarm") { session throws(SQLError) in
            let sql = ControlSQL(session)
            for id in processIDs {
                _ = try session.connection.execute(
                    sql.clearAlarm(withNote: note != nil), sql.note(note) + [.integer(id)])
            }
        }
    }

    package func reset(_ processIDs: [Int64], by user: String) throws(StoreError) {
        try changeState("cannot reset the breaker") { session throws(SQLError) in
            for id in processIDs {
                // A row is made where there is none: its generation tells a recovery under way that it is outdated.
                var row = try breakerRow(of: id, in: session)
                row.row.breaker.reset()
                let values = row.row.breaker.row(inFlight: row.row.inFlight) + [.text(host), .integer(id)]
                if row.exists {
                    _ = try session.connection.execute(ControlSQL.overwriteBreaker, values)
                } else {
                    _ = try session.connection.execute(session.alarms.insertBreaker, values)
                }
                try recordDoing(.reset, of: id, detail: "by \(user)", in: session)
            }
        }
    }

    package func hold(_ processIDs: [Int64], _ hold: Hold) throws(StoreError) {
        try changeState("cannot hold the process") { session throws(SQLError) in
            for id in processIDs {
                _ = try session.connection.execute(ControlSQL.deleteHold, [.text(host), .integer(id)])
                let row: [SQLValue] = [
                    .text(host), .integer(id), SQLValue(hold.since), SQLValue(hold.until),
                    SQLValue(hold.reason?.cut(toCharacters: 500)), SQLValue(hold.by?.cut(toCharacters: 100)),
                ]
                _ = try session.connection.execute(ControlSQL.insertHold, row)
                try recordDoing(.held, of: id, detail: hold.detail, in: session)
            }
        }
    }

    package func release(_ processIDs: [Int64], by user: String) throws(StoreError) {
        try changeState("cannot release the process") { session throws(SQLError) in
            for id in processIDs {
                let found = try session.connection.execute(ControlSQL.deleteHold, [.text(host), .integer(id)])
                guard found.affectedRows > 0 else { continue }
                try recordDoing(.released, of: id, detail: "by \(user)", in: session)
            }
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
                _ = try session.connection.execute(sql.insertStatus, [.integer(id), .integer(0), .null])
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

    /// Changes something that is in the monitor's own tables only.
    private func changeState(_ message: String, _ body: (SQLSession) throws(SQLError) -> Void) throws(StoreError) {
        try change(message) { session throws(SQLError) in
            guard session.capabilities.persistsState else {
                throw SQLError(
                    .schema, reason: "the tables of the monitor (MONITOR_…) are missing; 'monitorctl init' creates them")
            }
            try body(session)
        }
    }

    private func breakerRow(
        of id: Int64, in session: SQLSession
    ) throws(SQLError) -> (row: BreakerTable.Row, exists: Bool) {
        let keys: [SQLValue] = [.text(host), .integer(id)]
        guard let columns = try session.connection.execute(ControlSQL.breaker, keys).rows.first else {
            return (BreakerTable.Row(), false)
        }
        var reader = SQLRowReader(columns)
        return (BreakerTable.Row(breaker: reader.breaker(), inFlight: reader.inFlight()), true)
    }

    private func recordDoing(
        _ kind: HistoryEntry.Kind, of id: Int64, detail: String, in session: SQLSession
    ) throws(SQLError) {
        let name = try session.connection.execute(ControlSQL(session).nameOfID, [.integer(id)]).rows.first?.first?.text
        let row: [SQLValue] = [
            .text(host), .integer(id), .text((name ?? "").cut(toCharacters: Self.nameLimit)), .text(kind.rawValue),
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
