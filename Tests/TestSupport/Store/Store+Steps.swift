package import MonitorCore

extension AlarmStore where Self: ControlStore {
    package func addProcess(_ name: ProcessName, id: Int64?) async throws -> Int64 {
        try await addProcess(name, id: id, by: "ann")
    }

    package func removeProcess(_ processID: Int64) async throws { try await removeProcess(processID, by: "ann") }
}
