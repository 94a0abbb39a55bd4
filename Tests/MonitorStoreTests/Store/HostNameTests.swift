import MonitorCore
import MonitorStoreConformance
import TestSupport
import Testing

/// A machine whose host name changes.
@Suite(.needsMariaDB) struct HostNameTests {
    @Test(arguments: SQLScene.Backend.allCases)
    func `another host name forgets no breaker, hold or claim, and is told`(backend: SQLScene.Backend) async throws {
        let scene = try await SQLScene.make(backend)
        let before = scene.makeStore(host: "web1", machineID: "m1")
        #expect(try await before.open().formerHost == nil)
        let now = Timestamp.wallClock()
        try await before.heartbeat(.example("web1-1", at: now))
        try await before.hold([1], Hold(since: now, reason: "disk", by: "ann"))
        try scene.raise(1, note: nil)
        let alarm = try await AlarmStoreConformance.alarm(1, in: before)
        #expect(try await before.claim(alarm.claimRequest(by: "web1-1", at: now)) == .claimed)
        try await before.heartbeat(.example("web1-1", .stopped, at: now))

        let after = scene.makeStore(host: "web2", machineID: "m1")
        #expect(try await after.open().formerHost == "web1")
        let found = try await AlarmStoreConformance.alarm(1, in: after)
        #expect(found.hold?.reason == "disk" && found.claim?.instance == "web1-1")
        #expect(try await scene.makeStore(host: "web3", machineID: "m2").open().formerHost == nil)
    }
}
