import TestSupport
import Testing

@Suite struct TestClockTests {
    @Test func `a sleeper wakes when its time has come, and not before`() async throws {
        let clock = TestClock()
        async let slept: Void = clock.sleep(for: .seconds(10))
        await clock.waitForSleepers(1)
        clock.advance(by: .seconds(9))
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .seconds(1))
        try await slept
        #expect(clock.sleeperCount == 0)
    }

    @Test func `a sleep that is over already returns at once`() async throws {
        try await TestClock().sleep(for: .zero)
    }

    @Test func `a cancelled sleep throws`() async {
        let clock = TestClock()
        let task = Task { try await clock.sleep(for: .seconds(1)) }
        await clock.waitForSleepers(1)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
