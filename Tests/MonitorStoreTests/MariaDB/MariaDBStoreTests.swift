import MonitorCore
import MonitorStore
import TestSupport
import Testing

@Suite(.mariaDB, .serialized) struct MariaDBStoreTests {
    @Test(arguments: AlarmStoreConformance.all)
    func `does what every store does`(behaviour: AlarmStoreConformance) async throws {
        let database = try await MariaDBServer.shared().makeDatabase()
        try await behaviour.check(database.initializedStore())
    }
}
