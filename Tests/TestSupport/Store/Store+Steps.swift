package import MonitorCore
internal import Testing

extension AlarmStore where Self: ControlStore {
    /// Puts a process in alarm by an operator's hand, and reads the alarm.
    package func raise(_ processID: Int64, note: String? = "down") async throws -> Alarm {
        try await setAlarm([processID], note: note)
        return try #require(try await poll().first { $0.processID == processID })
    }

    /// All that is known of a process, which has to be there.
    package func status(_ processID: Int64) async throws -> ProcessStatus {
        try #require(try await processes(named: nil).first { $0.processID == processID })
    }
}
