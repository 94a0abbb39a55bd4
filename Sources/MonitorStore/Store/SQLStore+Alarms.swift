package import MonitorCore

extension SQLStore: AlarmStore {
    package func open() throws(StoreError) -> StoreCapabilities { try openSession() }

    package func close() { closeSession() }

    package func poll() throws(StoreError) -> [Alarm] {
        try perform("cannot read the alarms") { session throws(SQLError) in
            let keys: [SQLValue] = session.capabilities.persistsState ? [.text(host), .text(host)] : []
            let rows = try session.connection.execute(session.alarms.poll, keys).rows
            guard !rows.isEmpty else { return [] }
            let now = clock.now()
            let alarms = rows.map { alarm($0, at: now, persistsState: session.capabilities.persistsState) }
            try revisions.check(alarms)
            return alarms
        }
    }

    private func alarm(_ row: [SQLValue], at now: Timestamp, persistsState: Bool) -> Alarm {
        var row = SQLRowReader(row)
        let id = row.integer() ?? 0
        var alarm = Alarm(processID: id, name: row.text(), notes: row.text(), revision: row.integer())
        // The server's clock may be wrong, the time that passed on it is not.
        alarm.raisedAt = row.integer().map { now + .milliseconds(-max(0, $0)) }
        alarm.breaker = row.breaker()
        alarm.claim = row.claim()
        alarm.hold = row.hold()
        if !persistsState {
            alarm.breaker = memory.breakers[id].breaker
            alarm.claim = memory.breakers[id].claim
        }
        return alarm
    }

    package func claim(_ start: ClaimRequest) throws(StoreError) -> ClaimResult {
        try perform("cannot record the beginning of a recovery") { session throws(SQLError) in
            let id = SQLValue.integer(start.processID)
            let keys = session.capabilities.persistsState ? [.text(host), id] : [id]
            let rows = try session.connection.execute(session.alarms.standing, keys).rows
            guard let row = rows.first, row.first?.integer == 1 else { return .conflict }
            guard session.capabilities.persistsState else { return memory.breakers.claim(start) { _ in false } }
            return try claim(start, over: row, in: session)
        }
    }

    /// Writes the beginning over the row that was just read, unless another got there first.
    private func claim(
        _ start: ClaimRequest, over row: [SQLValue], in session: SQLSession
    ) throws(SQLError) -> ClaimResult {
        var reader = SQLRowReader(row)
        _ = reader.integer()
        let exists = row[1] != .null
        let present = BreakerTable.Row(breaker: reader.breaker(), claim: reader.claim())
        let leaseEnd = reader.timestamp()
        let result = present.judge(start) { _ in
            leaseEnd.map { Heartbeat.isLease(until: $0, at: start.startedAt) } ?? false
        }
        let next = BreakerTable.Row(claimedBy: start)
        guard result == .claimed, present != next else { return result }
        var values = next.breaker.row + next.claimColumns + [.text(host), .integer(start.processID)]
        let isTaken: Bool
        if exists {
            // As they stand there: a row that somebody else wrote may hold what we would not.
            values += [row[3], row[7], row[8]]
            isTaken = try session.connection.execute(session.alarms.takeFlight, values).affectedRows > 0
        } else {
            isTaken = try insertBreaker(values, in: session)
        }
        // The row is another now than was read a moment ago: to be judged anew.
        guard isTaken else { throw SQLError(.busy, reason: "another program changes the same breaker") }
        return .claimed
    }

    /// Inserts a breaker's row.
    ///
    /// - Returns: false when there is one.
    func insertBreaker(_ row: [SQLValue], in session: SQLSession) throws(SQLError) -> Bool {
        do {
            _ = try session.connection.execute(session.alarms.insertBreaker, row)
            return true
        } catch let error where error.code == .duplicate {
            return false
        }
    }

    package func heartbeat(_ beat: Heartbeat) throws(StoreError) {
        try perform("cannot record the heartbeat") { session throws(SQLError) in
            guard session.capabilities.persistsState else { return }
            let row: [SQLValue] = [
                .integer(Int64(beat.daemon.pid)), .text(beat.daemon.version), .text(beat.state.rawValue),
                SQLValue(beat.startedAt), SQLValue(beat.lastPoll), SQLValue(beat.leaseExpiresAt), .text(host),
                .text(beat.daemon.instance),
            ]
            let connection = session.connection
            if try connection.execute(session.alarms.updateDaemon, row).affectedRows == 0 {
                _ = try connection.execute(session.alarms.insertDaemon, row)
            }
            // By the clock that daemons sign by, which may have been set since this one was read first.
            let forgotten = beat.leaseExpiresAt + (.zero - Heartbeat.retention)
            _ = try connection.execute(
                session.alarms.forgetDaemons, [.text(host), .text(beat.daemon.instance), SQLValue(forgotten)])
            let oldest = beat.leaseExpiresAt + (.zero - historyRetention)
            _ = try connection.execute(session.alarms.expireHistory, [.text(host), SQLValue(oldest)])
        }
    }
}
