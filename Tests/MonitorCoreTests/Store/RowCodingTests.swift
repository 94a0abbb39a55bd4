import Foundation
import MonitorCore
import Testing

@Suite struct RowCodingTests {
    private let moment = Timestamp(milliseconds: 1_795_433_405_250)

    private func roundTrip<Row: Codable>(_ row: Row) throws -> Row {
        try JSONDecoder().decode(Row.self, from: JSONEncoder().encode(row))
    }

    private func text(_ row: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(row), as: UTF8.self)
    }

    @Test func `every row of a store comes back from a coder as it was`() throws {
        let breaker = CircuitBreaker(
            state: .open(until: moment), failures: 3, generation: 7, openings: 2, provisionalSuccess: moment)
        var alarm = Alarm(
            processID: 1, name: "web", notes: "down", revision: 4, raisedAt: moment, breaker: breaker)
        alarm.hold = Hold(since: moment, until: moment + .seconds(1), reason: "disk", by: "ann")
        alarm.claim = Claim(since: moment, instance: "here-1")
        (alarm.source, alarm.reason) = ("operator", "slow")
        #expect(try roundTrip(alarm) == alarm)

        let claim = ClaimRequest(
            processID: 1, instance: "here-1", startedAt: moment, breaker: breaker, expectedGeneration: 6)
        #expect(try roundTrip(claim) == claim)

        var completion = Completion(
            id: "here-1-1", instance: "here-1", processID: 1, processName: "web", outcome: .failed, startedAt: moment)
        (completion.duration, completion.attempts, completion.breaker) = (.milliseconds(1234), 2, breaker)
        completion.breakerChange = BreakerChange(.breakerOpened, .failures)
        #expect(try roundTrip(completion) == completion)

        var event = Event(.breakerOpened, code: .relapse, at: moment, processID: 1, processName: "web", actor: "ann")
        event.duration = .seconds(3)
        #expect(try roundTrip(event) == event)

        var status = ProcessStatus(processID: 1, name: "web")
        (status.alarm, status.breaker, status.last) = (true, CircuitBreaker(state: .halfOpen(deadline: moment)), event)
        #expect(try roundTrip(status) == status)

        let heartbeat = Heartbeat(
            daemon: DaemonIdentity(host: "here", instance: "here-1", pid: 42, version: "1"), startedAt: moment,
            leaseExpiresAt: moment)
        #expect(try roundTrip(heartbeat) == heartbeat)
    }

    @Test func `a moment is a number, a kind and a code are their words`() throws {
        #expect(try text([moment]) == "[1795433405250]")
        #expect(try text([Event.Kind.breakerOpened]) == #"["breaker_opened"]"#)
        #expect(try text([Event.Code(rawValue: "of_a_later_version")]) == #"["of_a_later_version"]"#)
        #expect(try text([Denial.Code.hold]) == #"["hold"]"#)
    }
}
