package import MonitorCore

extension SQLStore {
    package func complete(_ reports: [Completion]) throws(StoreError) -> [CompletionResult] {
        let results = try perform("cannot record the outcome of a recovery") { session throws(SQLError) in
            guard session.capabilities.persistsState else {
                return try reports.map { report throws(SQLError) in try finishInMemory(report, in: session) }
            }
            if reports.count < 2 || session.writesTogether { return try writeOnce(reports, in: session) }
            return try reports.map { report throws(SQLError) in try writeOnce([report], in: session)[0] }
        }
        let now = clock.now()
        for (report, result) in zip(reports, results) where result.alarm == .cleared {
            revisions.cleared(report, at: now)
        }
        return results
    }

    /// Writes what is not written yet, all in one transaction.
    private func writeOnce(_ reports: [Completion], in session: SQLSession) throws(SQLError) -> [CompletionResult] {
        do throws(SQLError) {
            return try write(reports, in: session)
        } catch let error where error.code == .duplicate {
            return try writeRest(of: reports, in: session)
        }
    }

    private func write(_ reports: [Completion], in session: SQLSession) throws(SQLError) -> [CompletionResult] {
        try session.transaction { () throws(SQLError) in
            if reports.count > 1 { try lockAlarms(of: reports, in: session) }
            return try reports.map { report throws(SQLError) in
                // The alarm first: a transaction that holds nothing yet can't deadlock with the application's, and is
                // the one to go if it does.
                let alarm = try settle(report, in: session)
                let applied = try applyBreaker(of: report, in: session)
                let result = CompletionResult(alarm: alarm, breakerApplied: applied)
                try record(HistoryEntry(of: report), of: report, result, in: session)
                return result
            }
        }
    }

    /// Takes the application's rows for several reports, without waiting for any: who waits with a lock in hand can
    /// deadlock with the application, and it may be the application's statement that fails then.
    private func lockAlarms(of reports: [Completion], in session: SQLSession) throws(SQLError) {
        guard let lock = session.alarms.lockAlarm else { return }
        for id in Set(reports.map(\.processID)).sorted() {
            _ = try session.connection.execute(lock, [.integer(id)])
        }
    }

    /// Writes those reports that were not written yet: a call of which the answer was lost has written the others.
    private func writeRest(of reports: [Completion], in session: SQLSession) throws(SQLError) -> [CompletionResult] {
        let earlier = try reports.map { report throws(SQLError) in try result(of: report, in: session) }
        let missing = zip(reports, earlier).filter { $1 == nil }.map(\.0)
        var written: ArraySlice<CompletionResult> = []
        do throws(SQLError) {
            if !missing.isEmpty { written = try write(missing, in: session)[...] }
        } catch let error where error.code == .duplicate {
            throw SQLError(.busy, number: error.number, reason: "the report is being written by an earlier call")
        }
        return earlier.map { $0 ?? written.removeFirst() }
    }

    private func finishInMemory(_ report: Completion, in session: SQLSession) throws(SQLError) -> CompletionResult {
        if let earlier = memory.result(of: report) { return earlier }
        return memory.complete(report, alarm: try settle(report, in: session))
    }

    /// What became of the report when it was written before; nil when it was not.
    private func result(of report: Completion, in session: SQLSession) throws(SQLError) -> CompletionResult? {
        guard let row = try session.connection.execute(session.alarms.reported, [.text(report.id)]).rows.first,
            let alarm = row[0].text.flatMap(CompletionResult.AlarmResult.init)
        else { return nil }
        return CompletionResult(alarm: alarm, breakerApplied: row[1].integer == 1)
    }

    /// Clears the alarm and writes the note, if the alarm is still the one that was served.
    private func settle(_ report: Completion, in session: SQLSession) throws(SQLError) -> CompletionResult.AlarmResult {
        guard report.clearsAlarm || report.note != nil else { return .untouched }
        let id = SQLValue.integer(report.processID)
        let revision = session.capabilities.countsRevisions ? report.revision : nil
        let sql = session.alarms.settle(
            clears: report.clearsAlarm, writesNote: report.note != nil, byRevision: revision != nil)
        let note = report.note.map { [SQLValue.text($0.cut(toCharacters: RecoveryNote.limit))] } ?? []
        let served = revision.map(SQLValue.integer) ?? SQLValue(report.notesBefore)
        let found = try session.connection.execute(sql, note + [id, served]).affectedRows
        guard report.clearsAlarm else { return .untouched }
        guard found == 0 else { return .cleared }
        // After the write: this transaction's view begins here, and what it looked at is locked.
        let alarm = try session.connection.execute(session.alarms.alarm, [id]).rows.first?.first?.integer
        return alarm == 1 ? .raisedAgain : .alreadyClear
    }

    /// Writes the breaker if it is of the generation in which the recovery began, and lands the recovery.
    private func applyBreaker(of report: Completion, in session: SQLSession) throws(SQLError) -> Bool {
        let (key, instance) = ([SQLValue.text(host), .integer(report.processID)], SQLValue.text(report.instance))
        guard let breaker = report.breaker else {
            _ = try session.connection.execute(session.alarms.endFlight, key + [instance])
            return true
        }
        let generation = report.expectedGeneration
        let values = breaker.row + [instance, instance] + key + [.integer(generation)]
        if try session.connection.execute(session.alarms.updateBreaker, values).affectedRows > 0 { return true }
        // A row that is missing is of generation 0.
        let nobody = BreakerTable.Row().claimColumns
        if generation == 0, try insertBreaker(breaker.row + nobody + key, in: session) { return true }
        _ = try session.connection.execute(session.alarms.endFlight, key + [instance])
        return false
    }

    /// Writes a line of the history.
    ///
    /// - Throws: `duplicate` when the report was written before.
    private func record(
        _ entry: HistoryEntry, of report: Completion, _ result: CompletionResult, in session: SQLSession
    ) throws(SQLError) {
        let row: [SQLValue] = [
            .text(host), .integer(report.processID), .text(entry.processName.cut(toCharacters: Self.nameLimit)),
            .text(entry.kind.rawValue), SQLValue(entry.at), .integer(entry.duration.wholeMilliseconds),
            SQLValue(entry.attempts), .text(entry.detail), .text(report.id), .text(result.alarm.rawValue),
            SQLValue(result.breakerApplied),
        ]
        _ = try session.connection.execute(session.alarms.insertHistory, row)
    }

    /// The width of `PROCESE.process_name`, in characters.
    static let nameLimit = 100
}
