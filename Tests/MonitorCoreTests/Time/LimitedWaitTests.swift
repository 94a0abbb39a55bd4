import Testing

@testable import MonitorCore

@Suite struct LimitedWaitTests {
    private let clock = ContinuousClock()

    /// Work that ends by being cancelled only.
    @Sendable private func never() async {
        let (forever, _) = AsyncStream.makeStream(of: Never.self)
        for await _ in forever {}
    }

    @Test func `gives what the work gave`() async {
        guard case .finished(42) = await clock.wait(atMost: .seconds(3600), for: { 42 }) else {
            Issue.record("not finished")
            return
        }
    }

    @Test func `ends at the limit`() async {
        guard case .timeOver = await clock.wait(atMost: .milliseconds(1), for: never) else {
            Issue.record("not over")
            return
        }
    }

    @Test func `tells a cancelled task from both`() async {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await clock.wait(atMost: .seconds(3600), for: never)
        }
        guard case .cancelled = await task.value else {
            Issue.record("not cancelled")
            return
        }
    }
}
