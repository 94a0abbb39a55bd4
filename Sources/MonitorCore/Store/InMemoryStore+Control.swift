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
        status.alarm = process.alarm
        status.notes = process.notes
        status.raisedAt = process.alarm ? process.raisedAt : nil
        status.breaker = breakers[id].breaker
        status.hold = holds[id]
        status.claim = breakers[id].claim
        status.last = history.last { $0.processID == id && !$0.entry.kind.isOperators }?.entry
        return status
    }

    public func daemon() -> Heartbeat? {
        let now = now()
        return heartbeats.values.max {
            ($0.isAlive(at: now) ? 1 : 0, $0.startedAt) < ($1.isAlive(at: now) ? 1 : 0, $1.startedAt)
        }
    }

    public func setAlarm(_ processIDs: [Int64], note: String?) {
        let note = note?.cut(toCharacters: RecoveryNote.limit)
        for id in processIDs {
            guard var process = processes[id] else { continue }
            if !process.alarm { process.raisedAt = now() }
            process.alarm = true
            process.revision += 1
            process.notes = note ?? process.notes
            processes[id] = process
        }
    }

    public func clearAlarm(_ processIDs: [Int64], note: String?) {
        let note = note?.cut(toCharacters: RecoveryNote.limit)
        for id in processIDs where processes[id]?.alarm == true {
            processes[id]?.alarm = false
            if let note { processes[id]?.notes = note }
        }
    }

    public func reset(_ processIDs: [Int64], by user: String) {
        for id in processIDs where processes[id] != nil {
            breakers.reset(id)
            recordDoing(.reset, of: id, detail: "by \(user)")
        }
    }

    public func hold(_ processIDs: [Int64], _ hold: Hold) {
        for id in processIDs where processes[id] != nil {
            holds[id] = hold
            recordDoing(.held, of: id, detail: hold.detail)
        }
    }

    public func release(_ processIDs: [Int64], by user: String) {
        for id in processIDs where holds.removeValue(forKey: id) != nil {
            recordDoing(.released, of: id, detail: "by \(user)")
        }
    }

    public func history(of names: [String]?, limit: Int) -> [HistoryEntry] {
        history.reversed().lazy.map(\.entry).filter { names?.contains($0.processName) ?? true }.prefix(max(0, limit))
            .map { $0 }
    }

    public func addProcess(_ name: ProcessName, id: Int64?) throws(StoreError) -> Int64 {
        guard !processes.values.contains(where: { $0.name == name.rawValue }) else {
            throw .processExists(name)
        }
        let id = id ?? (processes.keys.max() ?? 0) + 1
        guard processes[id] == nil else { throw .processExists(name, id: id) }
        processes[id] = Process(name: name.rawValue)
        return id
    }

    public func removeProcess(_ processID: Int64) {
        processes[processID] = nil
        holds[processID] = nil
        breakers.remove(processID)
        history.removeAll { $0.processID == processID }
    }

    private func recordDoing(_ kind: HistoryEntry.Kind, of id: Int64, detail: String) {
        record(
            HistoryEntry(
                processName: processes[id]?.name ?? "", kind: kind, at: now(), duration: .zero, attempts: 0,
                detail: detail),
            of: id)
    }
}
