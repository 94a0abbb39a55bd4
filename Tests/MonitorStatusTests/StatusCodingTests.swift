internal import Foundation
internal import MonitorCore
internal import MonitorStatus
internal import TestSupport
internal import Testing

@Suite struct StatusCodingTests {
    private func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
        try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
    }

    @Test func `a report comes back from a coder as it was, a process in each condition`() throws {
        let report = Fixtures.report()
        #expect(Set(report.entries.map(\.state.urgency)).count > 4)
        #expect(try roundTrip(report) == report)
    }

    @Test func `a daemon's state comes back from a coder, whatever it is`() throws {
        let beat = Fixtures.beat()
        for state in [DaemonState.running(beat), .stopped(beat), .silent(beat), .neverSeen, .unknown] {
            #expect(try roundTrip(state) == state)
        }
    }

    @Test func `a history comes back from a coder as it was`() throws {
        #expect(try roundTrip(Fixtures.history) == Fixtures.history)
    }
}
