internal import MonitorCore

extension Session {
    /// Puts processes in alarm, with a note that tells who did it, and has the daemon look at once.
    func setAlarm(_ processes: [ProcessStatus], reason: String? = nil) async throws(StoreError) {
        let note = "Alarm set by \(user)" + (reason.map { ": \($0)" } ?? "")
        try await store.setAlarm(processes.map(\.processID), note: note.cut(toCharacters: 100))
        wakeDaemon()
    }

    /// Clears the alarms of those that are in alarm; the others keep their notes.
    ///
    /// - Returns: those that were.
    func clearAlarm(_ processes: [ProcessStatus]) async throws(StoreError) -> [ProcessStatus] {
        let inAlarm = processes.filter(\.alarm)
        try await store.clearAlarm(inAlarm.map(\.processID), note: "Alarm cleared by \(user)".cut(toCharacters: 100))
        return inAlarm
    }
}
