import Synchronization
import Testing

@testable import MonitorCore

@Suite struct BreakerRunnerTests {
    /// What a call throws in these tests.
    struct Failed: Error {}

    /// A wall clock that a test sets, and the changes of state that the runner has told.
    final class Scene: Sendable {
        static let start = Timestamp(milliseconds: 1_700_000_000_000)
        private let seconds = Mutex(0)
        private let told = Mutex<[String]>([])

        func runner(
            _ policy: BreakerPolicy = BreakerPolicy(maxFailures: 2, resetTime: .seconds(100), trialLimit: .seconds(30)),
            breaker: CircuitBreaker = CircuitBreaker()
        ) -> BreakerRunner {
            BreakerRunner(
                "billing", policy: policy, breaker: breaker, now: { self.now },
                onStateChange: { old, new in
                    self.told.withLock { $0.append("\(self.text(old)) -> \(self.text(new))") }
                })
        }

        var now: Timestamp { Self.start + .seconds(seconds.withLock { $0 }) }
        var changes: [String] { told.withLock { $0 } }
        func set(_ second: Int) { seconds.withLock { $0 = second } }
        func at(_ second: Int) -> Timestamp { Self.start + .seconds(second) }

        private func text(_ state: CircuitBreaker.State) -> String {
            switch state {
            case .closed: "closed"
            case .open: "open"
            case .halfOpen: "half-open"
            }
        }
    }

    let scene = Scene()

    /// Makes calls that fail, one after another.
    func fail(_ runner: BreakerRunner, times: Int = 1) async {
        for _ in 0..<times { await #expect(throws: Failed.self) { try await runner.run { throw Failed() } } }
    }

    /// Whether a call was let through.
    func isAdmitted(_ runner: BreakerRunner) async throws -> Bool {
        do {
            return try await runner.run { true }
        } catch is BreakerDenied {
            return false
        }
    }

    @Test func `a call returns what its operation returns, and tells no change`() async throws {
        let runner = scene.runner()
        #expect(try await runner.run { 7 } == 7)
        #expect(await runner.breaker == CircuitBreaker())
        #expect(scene.changes == [])
    }

    @Test func `failures in a row open, and an open breaker runs nothing`() async throws {
        let runner = scene.runner()
        await fail(runner, times: 2)
        #expect(scene.changes == ["closed -> open"])
        let hasRun = Mutex(false)
        let denied = await #expect(throws: BreakerDenied.self) {
            try await runner.run { hasRun.withLock { $0 = true } }
        }
        #expect(!hasRun.withLock { $0 })
        #expect(denied?.denial.code == .breaker)
        #expect(denied?.denial.until == scene.at(100))
        #expect(
            denied?.description == "cannot call 'billing': its circuit breaker is open until 2023-11-14 22:15:00Z")
    }

    @Test func `a success between failures begins the count anew, however soon the next call comes`() async throws {
        let runner = scene.runner()
        for _ in 0..<5 {
            await fail(runner)
            #expect(try await isAdmitted(runner))
        }
        #expect(await runner.breaker.state == .closed)
        #expect(await runner.breaker.failures == 0)
        #expect(scene.changes == [])
    }

    @Test func `a trial that succeeds closes`() async throws {
        let runner = scene.runner()
        await fail(runner, times: 2)
        scene.set(99)
        #expect(try await !isAdmitted(runner))
        scene.set(100)
        #expect(try await isAdmitted(runner))
        #expect(scene.changes == ["closed -> open", "open -> half-open", "half-open -> closed"])
    }

    @Test func `a trial that fails opens again, for longer where the policy says so`() async throws {
        let runner = scene.runner(BreakerPolicy(maxFailures: 1, resetTime: .seconds(100), resetFactor: 2))
        await fail(runner)
        scene.set(100)
        await fail(runner)
        #expect(scene.changes == ["closed -> open", "open -> half-open", "half-open -> open"])
        #expect(await runner.breaker.state == .open(until: scene.at(300)))
    }

    @Test func `while one call is on trial, others are denied`() async throws {
        let runner = scene.runner()
        await fail(runner, times: 2)
        scene.set(100)
        try await runner.run {
            let denied = await #expect(throws: BreakerDenied.self) { try await runner.run {} }
            #expect(denied?.denial.until == scene.at(130))
            #expect(denied?.description.contains("another call is on trial") == true)
        }
        #expect(await runner.breaker.state == .closed)
    }

    @Test func `a trial that takes too long opens again, and its late success is dropped`() async throws {
        let runner = scene.runner()
        await fail(runner, times: 2)
        scene.set(100)
        try await runner.run {
            scene.set(130)
            let another = try await isAdmitted(runner)
            #expect(!another)
        }
        #expect(await runner.breaker.state == .open(until: scene.at(230)))
        #expect(scene.changes == ["closed -> open", "open -> half-open", "half-open -> open"])
    }

    @Test func `a call that began before the breaker opened neither closes it nor counts`() async throws {
        let runner = scene.runner()
        try await runner.run { await fail(runner, times: 2) }
        #expect(await runner.breaker.state == .open(until: scene.at(100)))
        #expect(await runner.breaker.failures == 2)
    }

    @Test func `a cancelled call is no failure, whatever it throws`() async throws {
        let runner = scene.runner()
        for _ in 0..<3 {
            await #expect(throws: CancellationError.self) { try await runner.run { throw CancellationError() } }
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await runner.run { throw Failed() }
            }
            await #expect(throws: Failed.self) { try await task.value }
        }
        #expect(await runner.breaker == CircuitBreaker())
    }

    @Test func `a trial that is cancelled leaves the next call on trial, at once`() async throws {
        let runner = scene.runner()
        await fail(runner, times: 2)
        scene.set(100)
        await #expect(throws: CancellationError.self) { try await runner.run { throw CancellationError() } }
        #expect(await runner.breaker.state == .open(until: scene.at(100)))
        #expect(try await isAdmitted(runner))
        #expect(await runner.breaker.state == .closed)
    }

    @Test func `a reset closes, and drops the result of what is under way`() async throws {
        let runner = scene.runner()
        await fail(runner, times: 2)
        scene.set(100)
        await #expect(throws: Failed.self) {
            try await runner.run {
                await runner.reset()
                throw Failed()
            }
        }
        #expect(await runner.breaker.state == .closed)
        #expect(await runner.breaker.failures == 0)
        await runner.reset()
        #expect(scene.changes == ["closed -> open", "open -> half-open", "half-open -> closed"])
    }

    @Test func `a retry delay keeps calls apart after a failure, and the denial tells until when`() async throws {
        let runner = scene.runner(BreakerPolicy(maxFailures: 3, retryDelay: .seconds(5)))
        await fail(runner)
        let denied = await #expect(throws: BreakerDenied.self) { try await runner.run {} }
        #expect(denied?.denial.code == .retry)
        #expect(denied?.denial.until == scene.at(5))
        scene.set(5)
        #expect(try await isAdmitted(runner))
        #expect(scene.changes == [])
    }

    @Test func `a kept breaker goes on where it was`() async throws {
        let first = scene.runner()
        await fail(first, times: 2)
        let second = scene.runner(breaker: await first.breaker)
        #expect(try await !isAdmitted(second))
        scene.set(100)
        #expect(try await isAdmitted(second))
    }

    @Test func `calls beside one another are counted once each`() async throws {
        let runner = scene.runner(BreakerPolicy(maxFailures: 50))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<49 { group.addTask { try? await runner.run { throw Failed() } } }
        }
        #expect(await runner.breaker.failures == 49)
        #expect(await runner.breaker.state == .closed)
        await fail(runner)
        #expect(await runner.breaker.failures == 50)
        #expect(scene.changes == ["closed -> open"])
    }

    @Test @MainActor func `an operation runs on its caller's actor`() async throws {
        // Not sendable, and changed by the operation: the compiler proves it; the assertion shows it.
        var calls = [String]()
        try await scene.runner().run {
            MainActor.assertIsolated()
            calls.append("ran")
        }
        #expect(calls == ["ran"])
    }
}
