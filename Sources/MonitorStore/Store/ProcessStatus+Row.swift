internal import MonitorCore

extension ProcessStatus {
    /// A process from a row of ``ControlSQL/processes(named:)``.
    init(row: [SQLValue], readAt now: Timestamp) {
        var row = SQLRowReader(row)
        let (id, name) = (row.integer() ?? 0, row.text() ?? "")
        let (alarm, sound, notes, age) = (row.integer() == 1, row.integer() == 1, row.text(), row.integer())
        self.init(processID: id, name: name)
        (self.alarm, self.sound, self.notes) = (alarm, sound, notes)
        raisedAt = alarm ? age.map { now + .milliseconds(-max(0, $0)) } : nil
        breaker = row.breaker()
        claim = row.claim()
        hold = row.hold()
        last = row.historyEntry()
    }
}

extension Heartbeat {
    /// A daemon from a row of ``ControlSQL/daemon``.
    init?(row: [SQLValue], host: String) {
        var row = SQLRowReader(row)
        let (instance, pid, version) = (row.text() ?? "", row.integer() ?? 0, row.text() ?? "")
        guard let state = State(rawValue: row.text() ?? ""), let startedAt = row.timestamp() else { return nil }
        let lastPoll = row.timestamp()
        guard let leaseExpiresAt = row.timestamp() else { return nil }
        let daemon = DaemonIdentity(
            host: host, instance: instance, pid: Int32(clamping: pid), version: version)
        self.init(
            daemon: daemon, state: state, startedAt: startedAt, lastPoll: lastPoll, leaseExpiresAt: leaseExpiresAt)
    }
}

extension SQLRowReader {
    /// Reads the six columns of an entry of the history; nil where they are NULL, or of a kind that a newer version
    /// wrote.
    mutating func historyEntry() -> HistoryEntry? {
        let (name, kind, at) = (text(), text().flatMap(HistoryEntry.Kind.init), timestamp())
        let (duration, attempts, detail) = (integer() ?? 0, integer() ?? 0, text() ?? "")
        guard let name, let kind, let at else { return nil }
        return HistoryEntry(
            processName: name, kind: kind, at: at, duration: .milliseconds(duration),
            attempts: Int(clamping: attempts), detail: detail)
    }
}
