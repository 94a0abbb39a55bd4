import MonitorStoreConformance
import TestSupport
import Testing

@testable import MonitorCore

@Suite struct InMemoryStoreTests {
    @Test(arguments: AlarmStoreConformance.behaviours)
    func `behaves as every store does`(_ behaviour: AlarmStoreConformance.Behaviour) async throws {
        try await behaviour.check(InMemoryScene())
    }

    @Test(arguments: AlarmStoreConformance.controlBehaviours)
    func `serves a control tool as every store does`(_ behaviour: AlarmStoreConformance.Behaviour) async throws {
        try await behaviour.check(InMemoryScene())
    }
}
