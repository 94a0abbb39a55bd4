import MonitorCore
import TestSupport
import Testing

@Suite struct InMemoryStoreTests {
    @Test(arguments: AlarmStoreConformance.all)
    func `does what every store does`(behaviour: AlarmStoreConformance) async throws {
        try await behaviour.check(InMemoryStore())
    }

    @Test func `holds names that nobody may run, as a table does`() async throws {
        let store = InMemoryStore(processes: [1: "a; touch /x", 2: ""])
        await store.setAlarm([1, 2], note: nil)
        #expect(await store.poll().map(\.name) == ["a; touch /x", ""])
    }

    @Test func `says when an alarm was raised by the clock it is given`() async {
        let store = InMemoryStore(processes: [1: "web"], now: { Timestamp(milliseconds: 42) })
        await store.setAlarm([1], note: nil)
        #expect(await store.poll().first?.raisedAt == Timestamp(milliseconds: 42))
    }
}
