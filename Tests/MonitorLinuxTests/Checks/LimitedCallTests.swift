import Synchronization
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite(.timeLimit(.minutes(1))) struct LimitedCallTests {
    @Test func `answers, again and again`() async {
        let count = Mutex(0)
        let call = LimitedCall {
            count.withLock { count in
                count += 1
                return count
            }
        }
        for expected in 1...3 {
            guard case .finished(expected) = await call.value(atMost: .seconds(60)) else {
                Issue.record("no answer \(expected)")
                return
            }
        }
    }

    @Test func `a question that hangs is put once, and answered anew when it can be`() async {
        let count = Mutex(0)
        let (gate, opening) = AsyncStream.makeStream(of: Never.self)
        let call = LimitedCall {
            count.withLock { $0 += 1 }
            for await _ in gate {}
            return count.withLock { $0 }
        }
        for _ in 0..<5 {
            guard case .timeOver = await call.value(atMost: .milliseconds(10)) else {
                Issue.record("it answered")
                return
            }
        }
        #expect(count.withLock { $0 } == 1)
        async let answer = call.value(atMost: .seconds(60))
        opening.finish()
        // Where it was asked for before the gate was opened, the question is put once more.
        guard case .finished(2) = await answer else {
            Issue.record("no answer")
            return
        }
    }

    @Test func `one that is cancelled returns, and so does one that was`() async {
        let call = LimitedCall { try? await Task.sleep(for: .seconds(3600)) }
        for _ in 0..<2 {
            let task = Task { await call.value(atMost: .seconds(3600)) }
            task.cancel()
            guard case .cancelled = await task.value else {
                Issue.record("it was not cancelled")
                return
            }
        }
    }
}
