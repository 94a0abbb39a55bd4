import Synchronization
import TestSupport
import Testing

@testable import MonitorCore

@Suite(.timeLimit(.minutes(1))) struct PollPacerTests {
    private let clock = TestClock()

    /// Runs `body` beside a pacer, and with the polls that it makes.
    private func withPacer(_ body: (PollPacer<TestClock>, inout AsyncStream<Void>.Iterator) async -> Void) async {
        let pacer = PollPacer(clock: clock)
        let (stream, polls) = AsyncStream.makeStream(of: Void.self)
        let running = Task { await pacer.run { polls.yield() } }
        var iterator = stream.makeAsyncIterator()
        await body(pacer, &iterator)
        running.cancel()
        await running.value
    }

    @Test func `a notice makes a poll at once, and the follow-ups later`() async {
        await withPacer { pacer, polls in
            pacer.notice()
            await polls.next()
            for pause in PollPacer<TestClock>.followUps {
                await clock.waitForSleepers(1)
                clock.advance(by: pause)
                await polls.next()
            }
        }
        #expect(clock.sleeperCount == 0, "nothing runs when nothing happens")
    }

    @Test func `ten thousand notices that come together make one poll, and the follow-ups`() async {
        let count = Mutex(0)
        let pacer = PollPacer(clock: clock)
        for _ in 1...10_000 { pacer.notice() }
        let running = Task { await pacer.run { count.withLock { $0 += 1 } } }
        await clock.waitForSleepers(1)
        #expect(count.withLock { $0 } == 1)
        clock.advance(by: PollPacer<TestClock>.followUps[0])
        await clock.waitForSleepers(1)
        #expect(count.withLock { $0 } == 2)
        running.cancel()
        await running.value
    }

    @Test func `a notice during the follow-ups is not kept waiting, and begins them anew`() async {
        await withPacer { pacer, polls in
            pacer.notice()
            await polls.next()
            await clock.waitForSleepers(1)
            clock.advance(by: PollPacer<TestClock>.followUps[0])
            await polls.next()
            await clock.waitForSleepers(1)
            pacer.notice()
            await polls.next()
            for pause in PollPacer<TestClock>.followUps {
                await clock.waitForSleepers(1)
                clock.advance(by: pause)
                await polls.next()
            }
        }
    }

    private final class Polls: Sendable {
        let count = Mutex(0)

        func wait(for number: Int) async {
            while count.withLock({ $0 < number }) { await Task.yield() }
        }
    }

    @Test func `a database that is written all the time is polled twenty times a second`() async {
        let polls = Polls()
        let pacer = PollPacer(clock: clock)
        let running = Task { await pacer.run { polls.count.withLock { $0 += 1 } } }
        pacer.notice()
        await polls.wait(for: 1)
        // A second with more of them than a calm database has, and one more, after which that is known.
        for _ in 1...200 { pacer.notice() }
        await clock.waitForSleepers(1)
        clock.advance(by: .seconds(1))
        let first = polls.count.withLock(\.self)
        pacer.notice()
        await polls.wait(for: first + 1)
        await clock.waitForSleepers(1)
        let busy = polls.count.withLock(\.self)
        for number in 1...20 {
            pacer.notice()
            await clock.waitForSleepers(1)
            clock.advance(by: PollPacer<TestClock>.busyPause)
            await polls.wait(for: busy + number)
        }
        #expect(polls.count.withLock(\.self) == busy + 20)
        running.cancel()
        await running.value
    }

    @Test func `without a notice there is no poll`() async {
        let count = Mutex(0)
        let pacer = PollPacer(clock: clock)
        let running = Task { await pacer.run { count.withLock { $0 += 1 } } }
        await Task.yield()
        clock.advance(by: .seconds(86400))
        running.cancel()
        await running.value
        #expect(count.withLock { $0 } == 0)
    }
}
