package import MonitorCore
internal import Testing

extension AlarmStore where Self: ControlStore {
    /// Puts a process in alarm by an operator's hand, and reads the alarm.
    package func raise(_ processID: Int64, note: String? = "down") async throws -> Alarm {
        try await raise([processID], .act(of: "ann", note: note))
        return try #require(try await poll().first { $0.processID == processID })
    }

    package func addProcess(_ name: ProcessName, id: Int64?) async throws -> Int64 {
        try await addProcess(name, id: id, by: "ann")
    }

    package func removeProcess(_ processID: Int64) async throws { try await removeProcess(processID, by: "ann") }

    /// All that is known of a process, which has to be there.
    package func status(_ processID: Int64) async throws -> ProcessStatus {
        try #require(try await processes(named: nil).first { $0.processID == processID })
    }
}
