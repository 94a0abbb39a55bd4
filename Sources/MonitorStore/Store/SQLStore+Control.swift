package import MonitorCore

// The tool's half of the store.
extension SQLStore: ControlStore {
    package func initialize(addsIndex: Bool) throws(StoreError) -> [String] {
        try createTables { connection throws(SQLError) in
            var migrator = SchemaMigrator(connection)
            try migrator.migrate(createsApplicationTables: true, addsIndex: addsIndex)
            return migrator.report + migrator.remarks
        }
    }

    package func survey() throws(StoreError) -> StoreCapabilities {
        try perform("cannot look at the tables") { session throws(SQLError) in
            let connection = session.connection
            var survey = CapabilitySurvey(connection)
            var faults: [String] = []
            try survey.look()
            if connection.isReadOnly {
                faults.append(SQLSession.readOnly(connection).reason)
            } else {
                try survey.tryTriggers(on: session.tables.status)
                if case .fails(let error) = survey.trial { faults.append(error.reason) }
            }
            try survey.checkPrivileges(on: session.tables)
            let hasIndex = try AlarmIndex.exists(on: session.tables.status, in: connection)
            var capabilities = StoreCapabilities(
                persistsState: survey.persistsState, countsRevisions: survey.countsRevisions,
                remarks: survey.remarks + (hasIndex ? [] : [AlarmIndex.remark]), server: connection.server)
            capabilities.faults = faults
            return capabilities
        }
    }

    // MARK: - Reading

    package func processes(named names: [String]?) throws(StoreError) -> [ProcessStatus] {
        var found = try perform("cannot read the processes") { session throws(SQLError) in
            let sql = ControlSQL(session).processes(named: names?.count)
            let now = clock.now()
            var found: [ProcessStatus] = []
            _ = try session.connection.execute(sql, (names ?? []).map(SQLValue.text), keeps: false) {
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

    package func events(_ query: EventQuery) throws(StoreError) -> [Event] {
        try perform("cannot read the events") { session throws(SQLError) in
            try session.requireState()
            let values = (query.names ?? []) + (query.kinds ?? []).map(\.rawValue)
            let parameters = values.map(SQLValue.text) + [SQLValue(max(0, query.limit))]
            let rows = try session.connection.execute(ControlSQL(session).events(query), parameters, keeps: false).rows
            return rows.compactMap {
                var row = SQLRowReader($0)
                return row.event()
            }
        }
    }

    package func history(of names: [String]?, limit: Int) throws(StoreError) -> [Event] {
        try events(.history(of: names, limit: limit))
    }

    package func unservedRows() throws(StoreError) -> [UnservedRow] {
        try perform("cannot read the rows that are not served") { session throws(SQLError) in
            try session.connection.execute(ControlSQL(session).unserved, [], keeps: false).rows.map {
                // Of a DECIMAL, too, 1 is 1.
                let number = $0[2].text.flatMap(Double.init).flatMap(Int64.init(exactly:))
                return UnservedRow(
                    processID: $0[0].integer, name: $0[1].text, alarm: number.map(String.init) ?? $0[2].text)
            }
        }
    }

    // MARK: - Alarms

    @discardableResult
    package func raise(_ processIDs: [Int64], _ cause: AlarmCause) throws(StoreError) -> [Int64] {
        try perform("cannot set the alarm") { session throws(SQLError) in
            try session.transaction { () throws(SQLError) in
                // In order, so that two operators don't wait for each other.
                var raised: [Int64] = []
                for id in processIDs.sorted() where try raise(id, cause, in: session) { raised.append(id) }
                return raised
            }
        }
    }

    /// - Returns: false when the alarm stood already, or there is no such process.
    private func raise(_ id: Int64, _ cause: AlarmCause, in session: SQLSession) throws(SQLError) -> Bool {
        let (connection, sql) = (session.connection, ControlSQL(session))
        let note = cause.note.map { SQLValue.text($0.cut(toCharacters: RecoveryNote.limit)) }
        let key = SQLValue.integer(id)
        var isRaised =
            try connection.execute(
                sql.raise(writesNote: note != nil), (note.map { [$0] } ?? []) + [key]
            ).affectedRows > 0
        if !isRaised { isRaised = try insertAlarm(of: id, note: note, in: session) }
        guard session.capabilities.persistsState else { return isRaised }
        if isRaised, session.capabilities.countsRevisions {
            let reason = SQLValue(cause.reason?.cut(toCharacters: 500))
            _ = try connection.execute(
                session.alarms.describeAlarm, [.text(cause.source.cut(toCharacters: 64)), reason, key])
        }
        guard isRaised || cause.actor != nil else { return false }
        let code: Event.Code? = isRaised ? nil : .standing
        _ = try record(.alarmRaised, code, of: id, by: cause.actor, detail: cause.reason ?? "", in: session)
        return isRaised
    }

    /// Puts a process in alarm that has no row yet; false where it has, or there is no such process.
    private func insertAlarm(of id: Int64, note: SQLValue?, in session: SQLSession) throws(SQLError) -> Bool {
        let key = SQLValue.integer(id)
        do throws(SQLError) {
            let sql = ControlSQL(session).insertAlarm
            return try session.connection.execute(sql, [note ?? .null, key, key]).affectedRows > 0
        } catch let error where error.code == .denied && isDaemon {
            // A daemon may change rows of the application's table, not make them.
            return false
        }
    }

    @discardableResult
    package func resolve(_ processIDs: [Int64], _ cause: AlarmCause) throws(StoreError) -> [Int64] {
        try perform("cannot clear the alarm") { session throws(SQLError) in
            guard session.capabilities.countsRevisions else { return [] }
            return try session.transaction { () throws(SQLError) in
                var resolved: [Int64] = []
                for id in processIDs.sorted() where try resolve(id, cause, in: session) { resolved.append(id) }
                return resolved
            }
        }
    }

    private func resolve(_ id: Int64, _ cause: AlarmCause, in session: SQLSession) throws(SQLError) -> Bool {
        let note = cause.note.map { [SQLValue.text($0.cut(toCharacters: RecoveryNote.limit))] } ?? []
        let parameters = note + [.integer(id), .text(cause.source.cut(toCharacters: 64))]
        let sql = ControlSQL(session).resolve(writesNote: !note.isEmpty)
        guard try session.connection.execute(sql, parameters).affectedRows > 0 else { return false }
        _ = try record(.alarmCleared, of: id, by: cause.actor, detail: cause.reason ?? "", in: session)
        return true
    }

    package func clearAlarm(
        _ processIDs: [Int64], note: String?, as kind: Event.Kind, by user: String
    ) throws(StoreError) {
        let note = note?.cut(toCharacters: RecoveryNote.limit)
        try perform("cannot clear the alarm") { session throws(SQLError) in
            try session.transaction { () throws(SQLError) in
                let sql = ControlSQL(session).clearAlarm(writesNote: note != nil)
                for id in processIDs.sorted() {
                    let parameters = (note.map { [.text($0)] } ?? []) + [SQLValue.integer(id)]
                    let isCleared = try session.connection.execute(sql, parameters).affectedRows > 0
                    guard isCleared, session.capabilities.persistsState else { continue }
                    _ = try record(kind, of: id, by: user, in: session)
                }
            }
        }
    }

    // MARK: - Checks

    package func checks(of processIDs: [Int64]?) throws(StoreError) -> [CheckRecord] {
        try perform("cannot read the checks") { session throws(SQLError) in
            try session.requireState()
            let sql = ControlSQL(session).checks(of: processIDs?.count)
            let parameters = (processIDs ?? []).map(SQLValue.integer)
            return try session.connection.execute(sql, parameters, keeps: false).rows.compactMap(CheckRecord.init)
        }
    }

    package func record(_ changes: [CheckChange]) throws(StoreError) -> [CheckEffect] {
        try perform("cannot record how checks stand") { session throws(SQLError) in
            try session.transaction { () throws(SQLError) in
                try changes.map { change throws(SQLError) in try record(change, in: session) }
            }
        }
    }

    private func record(_ change: CheckChange, in session: SQLSession) throws(SQLError) -> CheckEffect {
        let id = change.record.processID
        // The alarm first, as for the outcome of a recovery.
        var effect = CheckEffect.none
        if let cause = change.raises, try raise(id, cause, in: session) { effect = .raised }
        if let cause = change.resolves, session.capabilities.countsRevisions, try resolve(id, cause, in: session) {
            effect = .resolved
        }
        guard session.capabilities.persistsState, change.before != change.record.standing else { return effect }
        if try !session.affects(session.alarms.updateCheck, change.record.row) {
            // MariaDB finds no row to change also where nothing would change.
            _ = try session.inserts(session.alarms.insertCheck, change.record.row)
        }
        if let kind = change.eventKind {
            _ = try record(kind, of: id, by: nil, detail: change.eventDetail, in: session)
        }
        return effect
    }

    package func forgetChecks(of processID: Int64, named names: [String]) throws(StoreError) {
        try perform("cannot forget checks") { session throws(SQLError) in
            guard session.capabilities.persistsState else { return }
            for name in names {
                _ = try session.connection.execute(
                    session.alarms.forgetCheck, [.integer(processID), .text(name)], keeps: false)
            }
        }
    }

    // MARK: - Breakers, claims, holds

    package func reset(_ processIDs: [Int64], by user: String) throws(StoreError) {
        try changeState(of: processIDs, "cannot reset the breaker") { id, session throws(SQLError) in
            guard try record(.breakerClosed, .reset, of: id, by: user, in: session) else { return }
            guard try !session.affects(ControlSQL(session).resetBreaker, [.integer(id)]) else { return }
            // A row is made where there is none: its generation tells a recovery under way that it is outdated.
            var breaker = CircuitBreaker()
            breaker.reset()
            _ = try session.connection.execute(session.alarms.insertBreaker, breaker.row + [.integer(id)])
        }
    }

    package func hold(_ processIDs: [Int64], _ hold: Hold) throws(StoreError) {
        try changeState(of: processIDs, "cannot hold the process") { id, session throws(SQLError) in
            let reason = hold.reason ?? ""
            guard try record(.held, of: id, by: hold.by ?? "", detail: reason, in: session) else { return }
            let row: [SQLValue] = [
                .text(String(id)), SQLValue(hold.since), SQLValue(hold.until),
                SQLValue(hold.reason?.cut(toCharacters: 500)), SQLValue(hold.by?.cut(toCharacters: 100)),
            ]
            _ = try session.connection.execute(ControlSQL(session).hold, row)
        }
    }

    package func release(_ processIDs: [Int64], by user: String) throws(StoreError) {
        try changeState(of: processIDs, "cannot release the process") { id, session throws(SQLError) in
            guard try session.affects(ControlSQL(session).release, [.text(String(id))]) else { return }
            _ = try record(.released, of: id, by: user, in: session)
        }
    }

    /// Does something to each process, or to none, in the tables of the monitor.
    private func changeState(
        of processIDs: [Int64], _ message: String, _ change: (Int64, SQLSession) throws(SQLError) -> Void
    ) throws(StoreError) {
        try perform(message) { session throws(SQLError) in
            try session.requireState()
            try session.transaction { () throws(SQLError) in
                for id in processIDs.sorted() { try change(id, session) }
            }
        }
    }

    /// Writes down an operator's act.
    ///
    /// - Returns: false when there is no such process.
    private func record(
        _ kind: Event.Kind, _ code: Event.Code? = nil, of id: Int64, by user: String?, detail: String = "",
        in session: SQLSession
    ) throws(SQLError) -> Bool {
        let row: [SQLValue] = [
            SQLValue(clock.now()), .text(host), .text(kind.rawValue), SQLValue(code?.rawValue),
            SQLValue(user?.cut(toCharacters: 100)), .text(detail.cut(toCharacters: Event.detailLimit)), .integer(id),
        ]
        return try session.affects(ControlSQL(session).recordAct, row)
    }

    // MARK: - Processes

    package func addProcess(_ name: ProcessName, id: Int64?, by user: String) throws(StoreError) -> Int64 {
        try perform("cannot add the process '\(name)'") { session throws(SQLError) in
            let (connection, sql) = (session.connection, ControlSQL(session))
            return try session.transaction { () throws(SQLError) in
                let names = try connection.execute(sql.namesLike, [.text(name.rawValue)], keeps: false).rows
                guard !names.contains([.text(name.rawValue)]) else {
                    throw SQLError(.duplicate, reason: "a process of that name exists already")
                }
                let next = try connection.scalar(sql.nextID)?.integer ?? 1
                try insert(name, id: id ?? next, isChosen: id != nil, sql, in: connection)
                if session.capabilities.persistsState {
                    _ = try record(.processAdded, of: id ?? next, by: user, in: session)
                }
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
            // An id of our own choice was taken by another program in this moment: the next try finds another.
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

    package func removeProcess(_ processID: Int64, by user: String) throws(StoreError) {
        try perform("cannot remove the process") { session throws(SQLError) in
            let (connection, sql) = (session.connection, ControlSQL(session))
            try session.transaction { () throws(SQLError) in
                let name = try connection.scalar(sql.name, [.integer(processID)])?.text
                for removal in sql.removals {
                    _ = try connection.execute(removal, [.integer(processID)], keeps: false)
                }
                guard session.capabilities.persistsState else { return }
                _ = try connection.execute(sql.release, [.text(String(processID))], keeps: false)
                guard let name else { return }
                // Without the id, which another process may get.
                let event = Event(.processRemoved, at: clock.now(), processName: name, actor: user)
                let row = event.row(writtenBy: host) + [.null, .null, .null]
                _ = try connection.execute(session.alarms.insertEvent, row, keeps: false)
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
}
