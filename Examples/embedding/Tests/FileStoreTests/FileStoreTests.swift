import FileStore
import Foundation
import MonitorCore
import MonitorStoreConformance
import Testing

/// A file of a test's own, and an application that works on it.
final class FileScene: StoreScene {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).json").path
    private let store: FileStore

    init() { store = FileStore(path: path, processes: AlarmStoreConformance.processes) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func makeStore() -> any AlarmStore { store }
    func raise(_ processID: Int64, note: String?) async throws { try await store.raise(processID, note: note) }
    func clear(_ processID: Int64) async throws { try await store.clear(processID) }

    func row(_ processID: Int64) async throws -> StatusRow {
        let row = try #require(await store.process(processID))
        return StatusRow(alarm: row.isInAlarm, notes: row.notes)
    }
}

@Test(arguments: AlarmStoreConformance.behaviours)
func `the store behaves as every store does`(_ behaviour: AlarmStoreConformance.Behaviour) async throws {
    try await behaviour.check(FileScene())
}
