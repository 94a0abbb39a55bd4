import Synchronization
import TestSupport
import Testing

@testable import MonitorCore

@Suite(.timeLimit(.minutes(1))) struct LookPacerTests {
    private let clock = TestClock()

    /// Runs `body` beside a pacer, and with the looks that it makes.
    private func withPacer(_ body: (LookPacer<TestClock>, inout AsyncStream<Void>.Iterator) async -> Void) async {
        let pacer = LookPacer(clock: clock)
        let (stream, looks) = AsyncStream.makeStream(of: Void.self)
        let running = Task { await pacer.run { looks.yield() } }
        var iterator = stream.makeAsyncIterator()
        await body(pacer, &iterator)
        running.cancel()
        await running.value
    }

    @Test func `a notice makes a look at once, and the echoes later`() async {
        await withPacer { pacer, looks in
            pacer.notice()
            await looks.next()
            for pause in [LookPacer<TestClock>.gap] + LookPacer<TestClock>.echoes {
                await clock.waitForSleepers(1)
                clock.advance(by: pause)
                await looks.next()
            }
        }
        #expect(clock.sleeperCount == 0, "nothing runs when nothing happens")
    }

    @Test func `ten thousand notices make two looks`() async {
        let count = Mutex(0)
        let pacer = LookPacer(clock: clock)
        let running = Task { await pacer.run { count.withLock { $0 += 1 } } }
        pacer.notice()
        await clock.waitForSleepers(1)
        for _ in 1...10_000 { pacer.notice() }
        #expect(count.withLock { $0 } == 1)
        clock.advance(by: LookPacer<TestClock>.gap)
        await clock.waitForSleepers(1)
        #expect(count.withLock { $0 } == 2)
        running.cancel()
        await running.value
    }

    @Test func `a notice during the echoes is not kept waiting, and begins them anew`() async {
        await withPacer { pacer, looks in
            pacer.notice()
            await looks.next()
            await clock.waitForSleepers(1)
            clock.advance(by: LookPacer<TestClock>.gap)
            await looks.next()
            await clock.waitForSleepers(1)
            pacer.notice()
            await looks.next()
            for pause in [LookPacer<TestClock>.gap] + LookPacer<TestClock>.echoes {
                await clock.waitForSleepers(1)
                clock.advance(by: pause)
                await looks.next()
            }
        }
    }

    @Test func `without a notice there is no look`() async {
        let count = Mutex(0)
        let pacer = LookPacer(clock: clock)
        let running = Task { await pacer.run { count.withLock { $0 += 1 } } }
        await Task.yield()
        clock.advance(by: .seconds(86400))
        running.cancel()
        await running.value
        #expect(count.withLock { $0 } == 0)
    }
}
