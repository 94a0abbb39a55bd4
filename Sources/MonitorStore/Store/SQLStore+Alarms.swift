package import MonitorCore

extension SQLStore: AlarmStore {
    package func open() throws(StoreError) -> StoreCapabilities { try openSession() }

    package func close() { closeSession() }

    package func poll() throws(StoreError) -> [Alarm] {
        try perform("cannot read the alarms") { session throws(SQLError) in
            let keys: [SQLValue] = session.capabilities.persistsState ? [.text(host), .text(host)] : []
            let now = clock.now()
            return try session.connection.execute(session.alarms.poll, keys).rows
                .map { alarm($0, at: now, persistsState: session.capabilities.persistsState) }
        }
    }

    private func alarm(_ row: [SQLValue], at now: Timestamp, persistsState: Bool) -> Alarm {
        var row = SQLRowReader(row)
        let id = row.integer() ?? 0
        var alarm = Alarm(processID: id, name: row.text(), notes: row.text(), revision: row.integer())
        // The server's clock may be wrong, the time that passed on it is not.
        alarm.raisedAt = row.integer().map { now + .milliseconds(-max(0, $0)) }
        alarm.breaker = row.breaker()
        alarm.inFlight = row.inFlight()
        alarm.hold = row.hold()
        if !persistsState {
            alarm.breaker = memory.breakers[id].breaker
            alarm.inFlight = memory.breakers[id].inFlight
        }
        return alarm
    }

    package func begin(_ start: RecoveryStart) throws(StoreError) -> Bool {
        try perform("cannot record the beginning of a recovery") { session throws(SQLError) in
            let id = SQLValue.integer(start.processID)
            let keys = session.capabilities.persistsState ? [.text(host), id] : [id]
            let rows = try session.connection.execute(session.alarms.standing, keys).rows
            guard let row = rows.first, row.first?.integer == 1 else { return false }
            guard session.capabilities.persistsState else { return memory.breakers.begin(start) }
            return try begin(start, over: row, in: session)
        }
    }

    /// Writes the beginning over the row that was just read, unless another got there first.
    private func begin(
        _ start: RecoveryStart, over row: [SQLValue], in session: SQLSession
    ) throws(SQLError) -> Bool {
        var reader = SQLRowReader(row)
        _ = reader.integer()
        let exists = row[1] != .null
        let present = BreakerTable.Row(breaker: reader.breaker(), inFlight: reader.inFlight())
        let next = BreakerTable.Row(begunBy: start)
        // It was written already, by a call of which the answer was lost.
        if present == next { return true }
        guard present.breaker.generation == start.expectedGeneration else { return false }
        return try write(next, of: start.processID, generation: start.expectedGeneration, exists: exists, in: session)
    }

    /// Writes a breaker's row if it is of the generation given; a row that is missing is of generation 0.
    func write(
        _ row: BreakerTable.Row, of processID: Int64, generation: Int64, exists: Bool, in session: SQLSession
    ) throws(SQLError) -> Bool {
        let values = row.breaker.row(inFlight: row.inFlight) + [.text(host), .integer(processID)]
        if exists {
            let update = session.alarms.updateBreaker
            return try session.connection.execute(update, values + [.integer(generation)]).affectedRows > 0
        }
        do {
            _ = try session.connection.execute(session.alarms.insertBreaker, values)
            return true
        } catch let error where error.code == .duplicate {
            return false
        }
    }

    package func beat(_ beat: DaemonBeat) throws(StoreError) {
        try perform("cannot record the heartbeat") { session throws(SQLError) in
            guard session.capabilities.persistsState else { return }
            let row: [SQLValue] = [
                .text(beat.daemon.instance), .integer(Int64(beat.daemon.pid)), .text(beat.daemon.version),
                .text(beat.state.rawValue), SQLValue(beat.startedAt), SQLValue(beat.lastPoll),
                SQLValue(beat.nextBeatBy), .text(host),
            ]
            let connection = session.connection
            if try connection.execute(session.alarms.updateDaemon, row).affectedRows == 0 {
                _ = try connection.execute(session.alarms.insertDaemon, row)
            }
            let oldest = clock.now() + (.zero - historyRetention)
            _ = try connection.execute(session.alarms.expireHistory, [.text(host), SQLValue(oldest)])
        }
    }
}
