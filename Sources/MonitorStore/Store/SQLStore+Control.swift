package import MonitorCore

extension SQLStore: ControlStore {
    package func processes(named names: [String]?) throws(StoreError) -> [ProcessStatus] {
        var found = try perform("cannot read the processes") { session throws(SQLError) in
            let hosts = Array(repeating: SQLValue.text(host), count: session.capabilities.persistsState ? 3 : 0)
            let sql = ControlSQL(session).processes(named: names?.count)
            let parameters = hosts + (names ?? []).map(SQLValue.text)
            let now = clock.now()
            var found: [ProcessStatus] = []
            _ = try session.connection.execute(sql, parameters, keeps: false) {
                found.append(ProcessStatus(row: $0, readAt: now))
            }
            return found
        }
        // The application's columns may not tell upper from lower case; names do.
        if let names { found.removeAll { !names.contains($0.name) } }
        found.sort { ($0.name, $0.processID) < ($1.name, $1.processID) }
        return found
    }

    package func daemon() throws(StoreError) -> Heartbeat? {
        let attempt = "cannot read the daemon's heartbeat"
        let rows = try perform(attempt) { session throws(SQLError) -> [[SQLValue]]? in
            guard session.capabilities.persistsState else { return nil }
            let now = Timestamp.wallClock()
            let parameters = [.text(host), SQLValue(now), SQLValue(now + Heartbeat.longestLease)]
            return try session.connection.execute(ControlSQL(session).daemon, parameters, keeps: false).rows
        }
        // Not thrown in there, where it would end the session: there is nothing wrong with that.
        guard let rows else { throw SQLSession.missingState.storeError(attempt) }
        return rows.first.flatMap { Heartbeat(row: $0, host: host) }
    }

    package func history(of names: [String]?, limit: Int) throws(StoreError) -> [HistoryEntry] {
        try perform("cannot read the history") { session throws(SQLError) in
            try session.requireState()
            let sql = ControlSQL(session).history(of: names?.count)
            let parameters = [.text(host)] + (names ?? []).map(SQLValue.text) + [SQLValue(max(0, limit))]
            return try session.connection.execute(sql, parameters, keeps: false).rows.compactMap {
                var row = SQLRowReader($0)
                return row.historyEntry()
            }
        }
    }

    package func survey() throws(StoreError) -> StoreCapabilities {
        try perform("cannot look at the tables") { session throws(SQLError) in
            var survey = CapabilitySurvey(session.connection)
            try survey.look()
            try survey.checkPrivileges(on: session.tables)
            let hasIndex = try AlarmIndex.exists(on: session.tables.status, in: session.connection)
            return StoreCapabilities(
                persistsState: survey.persistsState, countsRevisions: survey.countsRevisions,
                remarks: survey.remarks + (hasIndex ? [] : [AlarmIndex.remark]), server: session.connection.server)
        }
    }

    package func setAlarm(_ processIDs: [Int64], note: String?) throws(StoreError) {
        let note = note?.cut(toCharacters: RecoveryNote.limit)
        try perform("cannot set the alarm") { session throws(SQLError) in
            let (connection, sql) = (session.connection, ControlSQL(session))
            try session.countingRevisions { () throws(SQLError) in
                try session.transaction { () throws(SQLError) in
                    for id in processIDs.sorted() {
                        let parameters = (note.map { [.text($0)] } ?? []) + [SQLValue.integer(id)]
                        let update = sql.setAlarm(writesNote: note != nil)
                        guard try connection.execute(update, parameters).affectedRows == 0 else { continue }
                        _ = try connection.execute(sql.insertAlarm, [SQLValue(note), .integer(id)])
                    }
                }
            }
        }
    }

    package func clearAlarm(_ processIDs: [Int64], note: String?) throws(StoreError) {
        let note = note?.cut(toCharacters: RecoveryNote.limit)
        try perform("cannot clear the alarm") { session throws(SQLError) in
            try session.transaction { () throws(SQLError) in
                let sql = ControlSQL(session).clearAlarm(writesNote: note != nil)
                for id in processIDs.sorted() {
                    let parameters = (note.map { [.text($0)] } ?? []) + [SQLValue.integer(id)]
                    _ = try session.connection.execute(sql, parameters)
                }
            }
        }
    }
}

extension SQLSession {
    static let missingState = SQLError(
        .schema, reason: "the tables of the monitor are missing; 'monitorctl init' creates them")

    /// Does something that needs the tables of the monitor.
    func requireState() throws(SQLError) {
        guard capabilities.persistsState else { throw Self.missingState }
    }

    /// Does something that raises alarms: unlike a note of ours, it is to be counted.
    func countingRevisions<T>(_ body: () throws(SQLError) -> T) throws(SQLError) -> T {
        // On SQLite the trigger itself tells the two apart, by the column that is written.
        guard connection.dialect == .mariadb else { return try body() }
        try connection.run("SET @monitor_quiet = NULL")
        do {
            let result = try body()
            try connection.run("SET @monitor_quiet = 1")
            return result
        } catch {
            if !error.endsConnection { try connection.run("SET @monitor_quiet = 1") }
            throw error
        }
    }
}
