package import MonitorCore

// The daemon's half of the store.
extension SQLStore: AlarmStore {
    package func open() throws(StoreError) -> StoreCapabilities { try openSession() }

    package func close() { closeSession() }

    package func poll() throws(StoreError) -> [Alarm] {
        try perform("cannot read the alarms") { session throws(SQLError) in
            let rows = try session.connection.execute(session.alarms.poll).rows
            guard !rows.isEmpty else { return [] }
            let now = clock.now()
            var alarms = rows.map { Alarm(row: $0, readAt: now) }
            if !session.capabilities.persistsState {
                for index in alarms.indices {
                    let row = memory.breakers[alarms[index].processID]
                    (alarms[index].breaker, alarms[index].claim) = (row.breaker, row.claim)
                }
            }
            try revisions.check(alarms)
            return alarms
        }
    }

    package func revision(of processID: Int64) throws(StoreError) -> Int64? {
        try perform("cannot read the alarm's revision") { session throws(SQLError) in
            guard session.capabilities.countsRevisions else { return nil }
            let rows = try session.connection.execute(session.alarms.revision, [.integer(processID)]).rows
            return rows.first?.first?.integer
        }
    }

    // MARK: - Heartbeats

    package func heartbeat(_ heartbeat: Heartbeat) throws(StoreError) {
        try perform("cannot record the heartbeat") { session throws(SQLError) in
            guard session.capabilities.persistsState else { return }
            let connection = session.connection
            let key: [SQLValue] = [.text(host), .text(heartbeat.daemon.instance)]
            let row: [SQLValue] = [
                SQLValue(machineID), .integer(Int64(heartbeat.daemon.pid)),
                .text(heartbeat.daemon.version.cut(toCharacters: 64)), .text(heartbeat.state.rawValue),
                SQLValue(heartbeat.startedAt), SQLValue(heartbeat.lastPoll), SQLValue(heartbeat.leaseExpiresAt),
            ]
            // The usual one, which only renews the lease, is one statement.
            var isRenewed = false
            if heartbeat.state == .running { isRenewed = try session.affects(session.alarms.updateHost, row + key) }
            if !isRenewed {
                try recordChange(to: heartbeat, row: row, key: key, in: session)
            }
            // By the clock that daemons go by, which may have been set since this one was read first.
            let forgotten = heartbeat.leaseExpiresAt + (.zero - Heartbeat.retention)
            let others = [.text(host), SQLValue(machineID), key[1], SQLValue(forgotten)]
            _ = try connection.execute(session.alarms.forgetHosts, others)
            let oldest = heartbeat.leaseExpiresAt + (.zero - historyRetention)
            _ = try connection.execute(session.alarms.expireEvents, [SQLValue(oldest)])
        }
    }

    /// Writes the first or the last heartbeat of a daemon, with its event.
    private func recordChange(
        to heartbeat: Heartbeat, row: [SQLValue], key: [SQLValue], in session: SQLSession
    ) throws(SQLError) {
        let connection = session.connection
        try session.transaction { () throws(SQLError) in
            let before = try connection.execute(session.alarms.hostState, key).rows.first?.first?.text
            let statement = before == nil ? session.alarms.insertHost : session.alarms.updateHost
            _ = try connection.execute(statement, row + key)
            // One that stops before it was ever seen has not started for the others.
            if before == nil, heartbeat.state == .stopped { return }
            guard var event = heartbeat.event(after: before.flatMap(Heartbeat.State.init(rawValue:))) else { return }
            if heartbeat.state == .stopped { event.at = clock.now() }
            try record(event, in: session)
        }
    }

    // MARK: - Claims

    package func claim(_ request: ClaimRequest) throws(StoreError) -> ClaimResult {
        try perform("cannot claim the recovery of a process") { session throws(SQLError) in
            let rows = try session.connection.execute(session.alarms.claimable, [.integer(request.processID)]).rows
            guard let row = rows.first, row.first?.integer == 1 else { return .conflict }
            guard session.capabilities.persistsState else { return memory.breakers.claim(request) { _ in false } }
            return try claim(request, over: row, in: session)
        }
    }

    /// Writes the claim over the row that was just read, unless another got there first.
    private func claim(
        _ request: ClaimRequest, over row: [SQLValue], in session: SQLSession
    ) throws(SQLError) -> ClaimResult {
        var reader = SQLRowReader(row)
        _ = reader.integer()
        let (hasBreaker, hasClaim) = (row[1] != .null, row[9] != .null)
        let present = BreakerTable.Row(breaker: reader.breaker(), claim: reader.claim())
        let leaseEnd = reader.timestamp()
        let result = present.judge(request) { _ in
            leaseEnd.map { Heartbeat.isLease(until: $0, at: request.startedAt) } ?? false
        }
        guard result == .claimed, present != BreakerTable.Row(claimedBy: request) else { return result }
        try session.transaction { () throws(SQLError) in
            let id = SQLValue.integer(request.processID)
            var isTaken = true
            // As it stands there: a row that was written by hand may hold what we would not, and is set right.
            let isOdd = hasBreaker && row[3] != .integer(present.breaker.generation)
            if request.breaker != present.breaker || isOdd {
                isTaken =
                    try hasBreaker
                    ? session.affects(session.alarms.updateBreaker, request.breaker.row + [id, row[3]])
                    : session.inserts(session.alarms.insertBreaker, request.breaker.row + [id])
            }
            let claim: [SQLValue] = [.text(host), .text(request.instance), SQLValue(request.startedAt), id]
            if isTaken {
                isTaken =
                    try hasClaim
                    ? session.affects(session.alarms.takeClaim, claim + [row[9], row[8]])
                    : session.inserts(session.alarms.insertClaim, claim)
            }
            // The rows are others now than were read a moment ago: to be judged anew.
            guard isTaken else { throw SQLError(.busy, reason: "another program changes the same breaker or claim") }
            for event in request.events { try record(event, in: session) }
        }
        return .claimed
    }

    // MARK: - Completions

    package func complete(_ completions: [Completion]) throws(StoreError) -> [CompletionResult] {
        // One alone: it holds nothing yet for which the application could wait.
        let waits = completions.count < 2 && leavesTimeToWait && ContinuousClock.now >= mayWaitForRows
        let results = try perform("cannot record the outcome of a recovery") { session throws(SQLError) in
            guard session.capabilities.persistsState else {
                return try completions.map { completion throws(SQLError) in
                    try completeInMemory(completion, in: session)
                }
            }
            guard completions.count < 2 || session.locksAtOnce else {
                return try completions.map { completion throws(SQLError) in
                    try writeOnce([completion], waits: true, in: session)[0]
                }
            }
            do throws(SQLError) {
                return try writeOnce(completions, waits: waits || !session.locksAtOnce, in: session)
            } catch {
                if waits, error.code == .busy { mayWaitForRows = .now + Self.pauseOfWaiting }
                throw error
            }
        }
        let now = clock.now()
        for (completion, result) in zip(completions, results) where result.alarm == .cleared {
            revisions.cleared(completion, at: now)
        }
        return results
    }

    private func completeInMemory(
        _ completion: Completion, in session: SQLSession
    ) throws(SQLError) -> CompletionResult {
        if let earlier = memory.result(of: completion) { return earlier }
        return memory.complete(completion, alarm: try settle(completion, in: session))
    }

    /// For how long no row is waited for after one was in vain.
    private static let pauseOfWaiting = Duration.seconds(10)

    /// Writes what is not written yet, all in one transaction.
    ///
    /// - Parameter waits: for the rows of the application; else it fails where one of them is held.
    private func writeOnce(
        _ completions: [Completion], waits: Bool, in session: SQLSession
    ) throws(SQLError) -> [CompletionResult] {
        do throws(SQLError) {
            return try write(completions, waits: waits, in: session)
        } catch let error where error.code == .duplicate {
            return try writeRest(of: completions, waits: waits, in: session)
        }
    }

    private func write(
        _ completions: [Completion], waits: Bool, in session: SQLSession
    ) throws(SQLError) -> [CompletionResult] {
        try session.transaction { () throws(SQLError) in
            if !waits { try lockAlarms(of: completions, in: session) }
            return try completions.map { completion throws(SQLError) in
                // The alarm first: a transaction that holds nothing yet can't deadlock with the application's, and is
                // the one to go if it does.
                let alarm = try settle(completion, in: session)
                let applied = try applyBreaker(of: completion, in: session)
                let result = CompletionResult(alarm: alarm, breakerApplied: applied)
                try record(completion, result, in: session)
                return result
            }
        }
    }

    /// Takes the application's rows for completions, without waiting for any: the calls of all other processes would
    /// wait along, and who waits with a lock in hand can deadlock with the application, whose statement may be the one to
    /// fail then.
    private func lockAlarms(of completions: [Completion], in session: SQLSession) throws(SQLError) {
        guard let lock = session.alarms.lockAlarm else { return }
        let writers = completions.filter { $0.clearsAlarm || $0.note != nil }
        for id in Set(writers.map(\.processID)).sorted() {
            _ = try session.connection.execute(lock, [.integer(id)])
        }
    }

    /// Writes those that were not written yet: a call of which the answer was lost has written the others.
    private func writeRest(
        of completions: [Completion], waits: Bool, in session: SQLSession
    ) throws(SQLError) -> [CompletionResult] {
        let earlier = try completions.map { completion throws(SQLError) in try result(of: completion, in: session) }
        let missing = zip(completions, earlier).filter { $1 == nil }.map(\.0)
        var written: ArraySlice<CompletionResult> = []
        do throws(SQLError) {
            if !missing.isEmpty { written = try write(missing, waits: waits, in: session)[...] }
        } catch let error where error.code == .duplicate {
            throw SQLError(.busy, number: error.number, reason: "the completion is being written by an earlier call")
        }
        return earlier.map { $0 ?? written.removeFirst() }
    }

    /// What became of a completion that was written before; nil when it was not.
    private func result(of completion: Completion, in session: SQLSession) throws(SQLError) -> CompletionResult? {
        let rows = try session.connection.execute(session.alarms.completed, [.text(completion.id)]).rows
        guard let row = rows.first, let alarm = row[0].text.flatMap(CompletionResult.AlarmResult.init) else {
            return nil
        }
        return CompletionResult(alarm: alarm, breakerApplied: row[1].integer == 1)
    }

    /// Clears the alarm and writes the note, if the alarm is still the one that was served.
    private func settle(
        _ completion: Completion, in session: SQLSession
    ) throws(SQLError) -> CompletionResult.AlarmResult {
        guard completion.clearsAlarm || completion.note != nil else { return .untouched }
        let id = SQLValue.integer(completion.processID)
        let revision = session.capabilities.countsRevisions ? completion.revision : nil
        let sql = session.alarms.settle(
            clears: completion.clearsAlarm, writesNote: completion.note != nil, byRevision: revision != nil)
        let note = completion.note.map { [SQLValue.text($0.cut(toCharacters: RecoveryNote.limit))] } ?? []
        let served = revision.map(SQLValue.integer) ?? SQLValue(completion.notesBefore)
        let found = try session.connection.execute(sql, note + [id, served]).affectedRows
        guard completion.clearsAlarm else { return .untouched }
        guard found == 0 else { return .cleared }
        // After the write: this transaction's view begins here, and what it looked at is locked.
        let alarm = try session.connection.execute(session.alarms.alarm, [id]).rows.first?.first?.integer
        return alarm == 1 ? .raisedAgain : .alreadyClear
    }

    /// Writes the breaker if it is of the generation in which the recovery began, and releases the claim.
    private func applyBreaker(of completion: Completion, in session: SQLSession) throws(SQLError) -> Bool {
        let id = SQLValue.integer(completion.processID)
        var isApplied = true
        if let breaker = completion.breaker {
            let generation = completion.expectedGeneration
            isApplied = try session.affects(
                session.alarms.updateBreaker, breaker.row + [id, .integer(generation)])
            // A row that is missing is of generation 0.
            if !isApplied, generation == 0 {
                isApplied = try session.inserts(session.alarms.insertBreaker, breaker.row + [id])
            }
        }
        _ = try session.connection.execute(session.alarms.releaseClaim, [id, .text(completion.instance)])
        return isApplied
    }

    /// Writes the events of a completion, of which that of the outcome carries its id.
    ///
    /// - Throws: `duplicate` when the completion was written before.
    private func record(
        _ completion: Completion, _ result: CompletionResult, in session: SQLSession
    ) throws(SQLError) {
        let key: [SQLValue] = [
            .text(completion.id), .text(result.alarm.rawValue), SQLValue(result.breakerApplied),
        ]
        let events = completion.events(breakerApplied: result.breakerApplied)
        let outcome = events.firstIndex { $0.kind != .recoveryStarted }
        for (index, event) in events.enumerated() {
            try record(event, key: index == outcome ? key : nil, in: session)
        }
    }

    private func record(_ event: Event, key: [SQLValue]? = nil, in session: SQLSession) throws(SQLError) {
        let row = event.row(writtenBy: host) + (key ?? [.null, .null, .null])
        _ = try session.connection.execute(session.alarms.insertEvent, row)
    }
}

extension SQLSession {
    /// Whether an update finds its row.
    func affects(_ sql: String, _ parameters: [SQLValue]) throws(SQLError) -> Bool {
        try connection.execute(sql, parameters).affectedRows > 0
    }

    /// Inserts a row.
    ///
    /// - Returns: false when there is one.
    func inserts(_ sql: String, _ parameters: [SQLValue]) throws(SQLError) -> Bool {
        do {
            _ = try connection.execute(sql, parameters)
            return true
        } catch let error where error.code == .duplicate {
            return false
        }
    }
}
