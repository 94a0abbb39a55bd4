package import MonitorCore

extension SQLStore {
    package func processes(named names: [String]?) throws(StoreError) -> [ProcessStatus] {
        try perform("cannot read the processes") { session throws(SQLError) in
            let sql = ControlSQL(session)
            let state = session.capabilities.persistsState
            let keys: [SQLValue] = state ? [.text(host), .text(host)] : []
            let wanted = names.map(Set.init)
            let rows = try session.connection.execute(sql.processes, keys, keeps: false).rows
            let last = state ? try lastEntries(in: session) : [:]
            let now = clock.now()
            return rows.compactMap { row in
                let status = Self.status(row, at: now, last: last)
                return wanted?.contains(status.name) ?? true ? status : nil
            }
        }
    }

    private static func status(_ row: [SQLValue], at now: Timestamp, last: [Int64: HistoryEntry]) -> ProcessStatus {
        var row = SQLRowReader(row)
        let (id, name) = (row.integer() ?? 0, row.text() ?? "")
        let (alarm, sound, notes) = (row.integer() == 1, row.integer() ?? 0 != 0, row.text())
        _ = row.integer()
        let raisedAt = row.integer().map { now + .milliseconds(-max(0, $0)) }
        let (breaker, inFlight, hold) = (row.breaker(), row.inFlight(), row.hold())
        return ProcessStatus(
            processID: id, name: name, alarm: alarm, sound: sound, notes: notes, raisedAt: alarm ? raisedAt : nil,
            breaker: breaker, hold: hold, inFlight: inFlight, last: last[id])
    }

    /// The last recovery, refusal or relapse of each process.
    private func lastEntries(in session: SQLSession) throws(SQLError) -> [Int64: HistoryEntry] {
        let rows = try session.connection.execute(ControlSQL.lastEntries, [.text(host)], keeps: false).rows
        return Dictionary(
            rows.map { row in
                var reader = SQLRowReader(row)
                return (reader.integer() ?? 0, reader.historyEntry())
            }, uniquingKeysWith: { _, later in later })
    }

    package func daemon() throws(StoreError) -> DaemonBeat? {
        try perform("cannot read the daemon's heartbeat") { session throws(SQLError) in
            guard session.capabilities.persistsState,
                let row = try session.connection.execute(
                    ControlSQL.daemon, [.text(host), SQLValue(clock.now())], keeps: false
                ).rows.first
            else { return nil }
            var reader = SQLRowReader(row)
            let identity = DaemonIdentity(
                host: host, instance: reader.text() ?? "", pid: Int32(clamping: reader.integer() ?? 0),
                version: reader.text() ?? "")
            let state = reader.text().flatMap(DaemonBeat.State.init) ?? .stopped
            let (started, polled, due) = (reader.timestamp(), reader.timestamp(), reader.timestamp())
            let never = Timestamp(milliseconds: 0)
            return DaemonBeat(
                daemon: identity, state: state, startedAt: started ?? never, lastPoll: polled, nextBeatBy: due ?? never)
        }
    }

    package func history(of names: [String]?, limit: Int) throws(StoreError) -> [HistoryEntry] {
        try perform("cannot read the history") { session throws(SQLError) in
            guard session.capabilities.persistsState else { return [] }
            let marks = names.map { Array(repeating: "?", count: $0.count).joined(separator: ", ") }
            let sql = ControlSQL.history(ofNames: marks)
            let keys = [SQLValue.text(host)] + (names ?? []).map(SQLValue.text) + [SQLValue(max(0, limit))]
            return try session.connection.execute(sql, keys, keeps: false).rows.map { row in
                var reader = SQLRowReader(row)
                return reader.historyEntry()
            }
        }
    }
}

extension SQLRowReader {
    /// Reads name, kind, moment, duration, attempts and detail.
    fileprivate mutating func historyEntry() -> HistoryEntry {
        let (name, kind) = (text() ?? "", text().flatMap(HistoryEntry.Kind.init) ?? .interrupted)
        let (at, duration) = (timestamp() ?? Timestamp(milliseconds: 0), integer() ?? 0)
        return HistoryEntry(
            processName: name, kind: kind, at: at, duration: .milliseconds(duration), attempts: Int(integer() ?? 0),
            detail: text() ?? "")
    }
}
