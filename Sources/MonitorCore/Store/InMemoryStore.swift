/// A store without a database: for programs that embed the engine, and for tests.
///
/// It behaves as the stores on a database do (all pass the same conformance suite), and forgets everything with the
/// process that holds it. The program that embeds it raises an alarm by ``setAlarm(_:note:)``, as an application does.
public actor InMemoryStore {
    /// A process, as a row of `PROCESE` and one of `STATUS_PROCESS` hold it.
    private struct Process {
        var name: String
        var alarm = false
        var notes: String?
        /// How often the alarm was raised.
        var revision: Int64 = 0
        var raisedAt: Timestamp?
        /// Who raised the standing alarm, where it was one of ours.
        var cause: AlarmCause?
        /// The revision that it had then.
        var causeRevision: Int64?
    }

    private var processes: [Int64: Process]
    private var breakers = BreakerTable()
    private var holds: [Int64: Hold] = [:]
    private var checks: [Int64: [String: CheckRecord]] = [:]
    /// The oldest first.
    private var events: [Event] = []
    /// What became of each completion.
    private var results: [String: CompletionResult] = [:]
    /// The last heartbeat of each daemon, by its instance.
    private var heartbeats: [String: Heartbeat] = [:]
    private let eventRetention: Duration
    private let now: @Sendable () -> Timestamp

    /// Makes a store.
    ///
    /// - Parameters:
    ///   - processes: name by id. Names are not parsed: what a table may hold, this may hold.
    ///   - historyRetention: how long events are kept.
    ///   - now: the clock that says when an alarm was raised.
    public init(
        processes: [Int64: String] = [:], historyRetention: Duration = Event.defaultRetention,
        now: (@Sendable () -> Timestamp)? = nil
    ) {
        let clock = SteadyWallClock()
        self.processes = processes.mapValues { Process(name: $0) }
        eventRetention = historyRetention
        self.now = now ?? { clock.now() }
    }

    /// Raises alarms as an application does: also where they stand already, which makes them new ones.
    public func setAlarm(_ processIDs: [Int64], note: String?) {
        for id in processIDs { raise(id, note: note, cause: nil) }
    }

    /// Clears an alarm as an application does.
    public func withdraw(_ processID: Int64) { processes[processID]?.alarm = false }

    private func raise(_ id: Int64, note: String?, cause: AlarmCause?) {
        guard var process = processes[id] else { return }
        if !process.alarm {
            process.raisedAt = now()
            process.cause = cause
            process.causeRevision = process.revision + 1
        }
        process.alarm = true
        process.revision += 1
        process.notes = note?.cut(toCharacters: RecoveryNote.limit) ?? process.notes
        processes[id] = process
    }

    private func record(_ event: Event) { events.append(event) }

    /// Writes down an operator's act on a process that exists.
    private func record(
        _ kind: Event.Kind, _ code: Event.Code? = nil, of id: Int64, by user: String?, detail: String = ""
    ) {
        guard let name = processes[id]?.name else { return }
        record(
            Event(
                kind, code: code, at: now(), processID: id, processName: name, actor: user,
                detail: detail.cut(toCharacters: Event.detailLimit)))
    }
}

extension InMemoryStore: AlarmStore {
    public func open() -> StoreCapabilities {
        StoreCapabilities(persistsState: false, countsRevisions: true, server: "memory")
    }

    public func poll() -> [Alarm] {
        processes.filter(\.value.alarm).sorted { $0.key < $1.key }.map { id, process in
            var alarm = Alarm(
                processID: id, name: process.name, notes: process.notes, revision: process.revision,
                raisedAt: process.raisedAt, breaker: breakers[id].breaker)
            (alarm.hold, alarm.claim) = (holds[id], breakers[id].claim)
            (alarm.source, alarm.reason) = (process.cause?.source, process.cause?.reason)
            return alarm
        }
    }

    public func claim(_ request: ClaimRequest) -> ClaimResult {
        guard processes[request.processID]?.alarm == true else { return .conflict }
        let before = breakers[request.processID].claim
        let result = breakers.claim(request) { heartbeats[$0]?.isAlive(at: request.startedAt) ?? false }
        if result == .claimed, breakers[request.processID].claim != before { request.events.forEach(record) }
        return result
    }

    public func revision(of processID: Int64) -> Int64? { processes[processID]?.revision }

    public func complete(_ completions: [Completion]) -> [CompletionResult] { completions.map(write) }

    private func write(_ completion: Completion) -> CompletionResult {
        if let earlier = results[completion.id] { return earlier }
        let result = CompletionResult(alarm: settleAlarm(completion), breakerApplied: breakers.complete(completion))
        results[completion.id] = result
        completion.events(breakerApplied: result.breakerApplied).forEach(record)
        return result
    }

    /// Clears the alarm and writes the note, unless the alarm is a newer one than the completion's.
    private func settleAlarm(_ completion: Completion) -> CompletionResult.AlarmResult {
        let nothingDone: CompletionResult.AlarmResult = completion.clearsAlarm ? .alreadyClear : .untouched
        guard var process = processes[completion.processID], process.alarm || !completion.clearsAlarm else {
            return nothingDone
        }
        let isServed =
            completion.revision.map { $0 == process.revision } ?? (completion.notesBefore == process.notes)
        guard isServed else { return completion.clearsAlarm ? .raisedAgain : .untouched }
        process.notes = completion.note?.cut(toCharacters: RecoveryNote.limit) ?? process.notes
        if completion.clearsAlarm { process.alarm = false }
        processes[completion.processID] = process
        return completion.clearsAlarm ? .cleared : .untouched
    }

    public func heartbeat(_ heartbeat: Heartbeat) {
        let before = heartbeats.updateValue(heartbeat, forKey: heartbeat.daemon.instance)
        if let event = heartbeat.event(after: before?.state) { record(event) }
        // By the clock that daemons go by, which may have been set since.
        let forgotten = heartbeat.leaseExpiresAt + (.zero - Heartbeat.retention)
        heartbeats = heartbeats.filter {
            $0.key == heartbeat.daemon.instance || $0.value.leaseExpiresAt >= forgotten
        }
        let oldest = heartbeat.leaseExpiresAt + (.zero - eventRetention)
        events.removeAll { $0.at < oldest }
    }

    /// Does nothing: there is no connection, and what is known stays known.
    public func close() {}
}

extension InMemoryStore: ControlStore {
    /// Does nothing: there are no tables.
    public func initialize(addsIndex: Bool) -> [String] { [] }

    public func survey() -> StoreCapabilities { open() }

    public func processes(named names: [String]?) -> [ProcessStatus] {
        processes.filter { names?.contains($0.value.name) ?? true }
            .map { id, process in status(of: process, id) }
            .sorted { ($0.name, $0.processID) < ($1.name, $1.processID) }
    }

    private func status(of process: Process, _ id: Int64) -> ProcessStatus {
        var status = ProcessStatus(processID: id, name: process.name)
        (status.alarm, status.notes) = (process.alarm, process.notes)
        if process.alarm {
            status.raisedAt = process.raisedAt
            (status.source, status.reason) = (process.cause?.source, process.cause?.reason)
        }
        (status.breaker, status.claim, status.hold) = (breakers[id].breaker, breakers[id].claim, holds[id])
        status.last = events.last { $0.processID == id && Event.Kind.outcomes.contains($0.kind) }
        return status
    }

    public func daemon() -> Heartbeat? {
        let now = now()
        return heartbeats.values.max {
            ($0.isAlive(at: now) ? 1 : 0, $0.startedAt) < ($1.isAlive(at: now) ? 1 : 0, $1.startedAt)
        }
    }

    @discardableResult
    public func raise(_ processIDs: [Int64], _ cause: AlarmCause) -> [Int64] {
        var raised: [Int64] = []
        for id in processIDs.sorted() {
            guard let process = processes[id] else { continue }
            if !process.alarm || cause.actor != nil {
                let code: Event.Code? = process.alarm ? .standing : nil
                record(.alarmRaised, code, of: id, by: cause.actor, detail: cause.reason ?? "")
            }
            guard !process.alarm else { continue }
            raise(id, note: cause.note, cause: cause)
            raised.append(id)
        }
        return raised
    }

    @discardableResult
    public func resolve(_ processIDs: [Int64], _ cause: AlarmCause) -> [Int64] {
        var resolved: [Int64] = []
        for id in processIDs.sorted() {
            guard let process = processes[id], process.alarm, process.cause?.source == cause.source,
                process.causeRevision == process.revision, breakers[id].claim == nil
            else { continue }
            processes[id]?.alarm = false
            if let note = cause.note { processes[id]?.notes = note.cut(toCharacters: RecoveryNote.limit) }
            record(.alarmCleared, of: id, by: cause.actor, detail: cause.reason ?? "")
            resolved.append(id)
        }
        return resolved
    }

    public func checks(of processIDs: [Int64]?) -> [CheckRecord] {
        checks.filter { processIDs?.contains($0.key) ?? true }.flatMap(\.value.values)
            .sorted { ($0.processID, $0.check) < ($1.processID, $1.check) }
    }

    public func record(_ changes: [CheckChange]) -> [CheckEffect] {
        changes.map { change in
            let id = change.record.processID
            guard processes[id] != nil else { return .none }
            if change.before != change.record.standing {
                checks[id, default: [:]][change.record.check] = change.record
                if let kind = change.eventKind { record(kind, of: id, by: nil, detail: change.eventDetail) }
            }
            if let cause = change.raises, !raise([id], cause).isEmpty { return .raised }
            if let cause = change.resolves, !resolve([id], cause).isEmpty { return .resolved }
            return .none
        }
    }

    public func forgetChecks(of processID: Int64, named names: [String]) {
        for name in names { checks[processID]?[name] = nil }
    }

    public func clearAlarm(_ processIDs: [Int64], note: String?, as kind: Event.Kind, by user: String) {
        let note = note?.cut(toCharacters: RecoveryNote.limit)
        for id in processIDs where processes[id]?.alarm == true {
            processes[id]?.alarm = false
            if let note { processes[id]?.notes = note }
            record(kind, of: id, by: user)
        }
    }

    public func reset(_ processIDs: [Int64], by user: String) {
        for id in processIDs where processes[id] != nil {
            breakers.reset(id)
            record(.breakerClosed, .reset, of: id, by: user)
        }
    }

    public func hold(_ processIDs: [Int64], _ hold: Hold) {
        for id in processIDs where processes[id] != nil {
            holds[id] = hold
            record(.held, of: id, by: hold.by ?? "", detail: hold.reason ?? "")
        }
    }

    public func release(_ processIDs: [Int64], by user: String) {
        for id in processIDs where holds.removeValue(forKey: id) != nil { record(.released, of: id, by: user) }
    }

    public func events(_ query: EventQuery) -> [Event] {
        Array(events.reversed().lazy.filter(query.includes).prefix(max(0, query.limit)))
    }

    /// How recoveries ended and what operators did, the newest first.
    public func history(of names: [String]?, limit: Int) -> [Event] { events(.history(of: names, limit: limit)) }

    public func addProcess(_ name: ProcessName, id: Int64?, by user: String) throws(StoreError) -> Int64 {
        guard !processes.values.contains(where: { $0.name == name.rawValue }) else {
            throw .processExists(name)
        }
        let id = id ?? (processes.keys.max() ?? 0) + 1
        guard processes[id] == nil else { throw .processExists(name, id: id) }
        processes[id] = Process(name: name.rawValue)
        record(.processAdded, of: id, by: user)
        return id
    }

    public func removeProcess(_ processID: Int64, by user: String) {
        guard let process = processes.removeValue(forKey: processID) else { return }
        holds[processID] = nil
        checks[processID] = nil
        breakers.remove(processID)
        events.removeAll { $0.processID == processID }
        // Without the id, which another process may get.
        record(Event(.processRemoved, at: now(), processName: process.name, actor: user))
    }
}
