internal import MonitorCore

extension Session {
    /// Puts processes in alarm, with a note that tells who did it, and has the daemon look at once.
    func setAlarm(_ processes: [ProcessStatus], reason: String? = nil) async throws(StoreError) {
        let note = "Alarm set by \(user)" + (reason.map { ": \($0)" } ?? "")
        let cause = AlarmCause.act(of: user, reason: reason, note: note.cut(toCharacters: 100))
        try await store.raise(processes.map(\.processID), cause)
        wakeDaemon()
    }

    /// Clears the alarms of those that are in alarm; the others keep their notes.
    ///
    /// - Returns: those that were.
    func clearAlarm(_ processes: [ProcessStatus]) async throws(StoreError) -> [ProcessStatus] {
        let inAlarm = processes.filter(\.alarm)
        let note = "Alarm cleared by \(user)".cut(toCharacters: 100)
        try await store.clearAlarm(inAlarm.map(\.processID), note: note, by: user)
        return inAlarm
    }
}
