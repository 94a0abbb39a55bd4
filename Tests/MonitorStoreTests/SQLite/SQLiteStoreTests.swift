import Glibc
import MonitorCore
import MonitorStore
import TestSupport
import Testing

@Suite struct SQLiteStoreTests {
    @Test(arguments: AlarmStoreConformance.all)
    func `does what every store does`(behaviour: AlarmStoreConformance) async throws {
        let directory = try TemporaryDirectory()
        let store = directory.store()
        _ = try await store.initialize(addsIndex: true)
        try await behaviour.check(store)
    }
}
