package import MonitorCore
package import MonitorStoreConformance

/// The scene of ``InMemoryStore``: a single store, whoever asks for one.
package struct InMemoryScene: StoreScene {
    private let store = InMemoryStore(processes: AlarmStoreConformance.processes)

    package let host: String? = nil

    package init() {}

    package func makeStore() -> any AlarmStore { store }

    package func raise(_ processID: Int64, note: String?) async { await store.setAlarm([processID], note: note) }

    package func clear(_ processID: Int64) async { await store.withdraw(processID) }

    package func row(_ processID: Int64) async throws -> StatusRow {
        guard let process = await store.processes(named: nil).first(where: { $0.processID == processID }) else {
            throw TestFailure("there is no process \(processID)")
        }
        return StatusRow(alarm: process.alarm, notes: process.notes)
    }
}
