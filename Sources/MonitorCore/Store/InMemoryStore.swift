/// A store without a database: for programs that embed the engine, and for tests.
///
/// It behaves as the stores on a database do (all pass the same conformance suite), and forgets everything with the
/// process that holds it. The application raises an alarm by ``setAlarm(_:note:)``.
public actor InMemoryStore {
    /// A process, as a row of `PROCESE` and one of `STATUS_PROCESS` hold it.
    struct Process {
        var name: String
        var alarm = false
        var notes: String?
        /// How often the alarm was raised.
        var revision: Int64 = 0
        var raisedAt: Timestamp?
    }

    /// A line of the history, and what became of the report that it tells of.
    struct Record {
        var processID: Int64
        var entry: HistoryEntry
        var reportID: String?
        var result: CompletionResult?
    }

    var processes: [Int64: Process]
    var breakers = BreakerTable()
    var holds: [Int64: Hold] = [:]
    /// The oldest first.
    var history: [Record] = []
    /// The last sign of life of each daemon, by its instance.
    var heartbeats: [String: Heartbeat] = [:]
    let historyRetention: Duration
    let now: @Sendable () -> Timestamp

    /// Makes a store.
    ///
    /// - Parameters:
    ///   - processes: name by id. Names are not parsed: what a table may hold, this may hold.
    ///   - historyRetention: how long history is kept.
    ///   - now: the clock that says when an alarm was raised.
    public init(
        processes: [Int64: String] = [:], historyRetention: Duration = HistoryEntry.defaultRetention,
        now: (@Sendable () -> Timestamp)? = nil
    ) {
        let clock = SteadyWallClock()
        self.processes = processes.mapValues { Process(name: $0) }
        self.historyRetention = historyRetention
        self.now = now ?? { clock.now() }
    }

    /// Writes a line of the history; `reportID` and `result` for the end of a recovery.
    func record(_ entry: HistoryEntry, of processID: Int64, reportID: String? = nil, result: CompletionResult? = nil) {
        history.append(Record(processID: processID, entry: entry, reportID: reportID, result: result))
    }
}

extension InMemoryStore: AlarmStore {
    public func open() -> StoreCapabilities {
        StoreCapabilities(persistsState: false, countsRevisions: true, server: "memory")
    }

    public func poll() -> [Alarm] {
        processes.filter(\.value.alarm).sorted { $0.key < $1.key }.map { id, process in
            Alarm(
                processID: id, name: process.name, notes: process.notes, revision: process.revision,
                raisedAt: process.raisedAt, breaker: breakers[id].breaker, hold: holds[id],
                claim: breakers[id].claim)
        }
    }

    public func claim(_ request: ClaimRequest) -> ClaimResult {
        guard processes[request.processID]?.alarm == true else { return .conflict }
        return breakers.claim(request) { heartbeats[$0]?.isAlive(at: request.startedAt) ?? false }
    }

    public func complete(_ completions: [Completion]) -> [CompletionResult] { completions.map(write) }

    private func write(_ completion: Completion) -> CompletionResult {
        if let earlier = history.last(where: { $0.reportID == completion.id })?.result { return earlier }
        let result = CompletionResult(alarm: settleAlarm(completion), breakerApplied: breakers.complete(completion))
        record(HistoryEntry(of: completion), of: completion.processID, reportID: completion.id, result: result)
        return result
    }

    /// Clears the alarm and writes the note, unless the alarm is a newer one than the report's.
    private func settleAlarm(_ completion: Completion) -> CompletionResult.AlarmResult {
        let nothingDone: CompletionResult.AlarmResult = completion.clearsAlarm ? .alreadyClear : .untouched
        guard var process = processes[completion.processID], process.alarm || !completion.clearsAlarm else {
            return nothingDone
        }
        let isServed = completion.revision.map { $0 == process.revision } ?? (completion.notesBefore == process.notes)
        guard isServed else { return completion.clearsAlarm ? .raisedAgain : .untouched }
        process.notes = completion.note?.cut(toCharacters: RecoveryNote.limit) ?? process.notes
        if completion.clearsAlarm { process.alarm = false }
        processes[completion.processID] = process
        return completion.clearsAlarm ? .cleared : .untouched
    }

    public func heartbeat(_ heartbeat: Heartbeat) {
        heartbeats[heartbeat.daemon.instance] = heartbeat
        // By the clock that daemons sign by, which may have been set since.
        let forgotten = heartbeat.leaseExpiresAt + (.zero - Heartbeat.retention)
        heartbeats = heartbeats.filter { $0.key == heartbeat.daemon.instance || $0.value.leaseExpiresAt >= forgotten }
        let oldest = heartbeat.leaseExpiresAt + (.zero - historyRetention)
        history.removeAll { $0.entry.at < oldest }
    }

    /// Does nothing: there is no connection, and what is known stays known.
    public func close() {}
}
