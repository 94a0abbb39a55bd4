import Testing

@testable import MonitorSystemd

@Suite struct JobTimeoutTests {
    private let begin = SuspendingClock.now

    @Test(arguments: [
        (Duration?.some(.seconds(90)), Duration?.some(.seconds(90)), Duration.seconds(190)),
        (.seconds(1), .zero, .seconds(11)),
        (nil, .seconds(90), JobTimeout.longest), (.seconds(90), nil, JobTimeout.longest),
        (.seconds(Int64.max), .seconds(90), JobTimeout.longest), (.seconds(500), .seconds(500), JobTimeout.longest),
    ])
    func `waits as long as the unit's settings allow`(start: Duration?, stop: Duration?, limit: Duration) {
        #expect(JobTimeout(start: start, stop: stop, since: begin).stepLimit == limit)
    }

    @Test func `ends when the unit stays at one step for too long`() {
        var timeout = JobTimeout(start: .seconds(5), stop: .seconds(5), since: begin)
        let answers = [19, 20].map { timeout.isOver(at: begin + .seconds($0), step: "stop") }
        #expect(answers == [false, true])
    }

    @Test func `begins anew with every step`() {
        var timeout = JobTimeout(start: .seconds(5), stop: .seconds(5), since: begin)
        let answersOf = [(19, "stop"), (21, "start"), (40, "start"), (41, "start")]
        let answers = answersOf.map { timeout.isOver(at: begin + .seconds($0.0), step: $0.1) }
        #expect(answers == [false, false, false, true])
    }

    @Test func `ends for all that when it has lasted too long`() {
        var timeout = JobTimeout(start: .seconds(90), stop: .seconds(90), since: begin)
        let end = (0...700).first { timeout.isOver(at: begin + .seconds($0), step: "\($0)") }
        #expect(end == 600)
    }
}
