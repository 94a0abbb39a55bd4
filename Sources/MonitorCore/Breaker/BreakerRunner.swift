/// Runs an operation only while its circuit breaker lets it through, and counts what comes of it.
///
/// For a program that has something to protect and no engine: calls of a server, writes to a disk, starts of a helper.
///
/// ```swift
/// let breaker = BreakerRunner("billing", policy: BreakerPolicy(maxFailures: 5, resetTime: .seconds(30)))
/// let total = try await breaker.run { try await billing.total(of: customer) }
/// ```
///
/// An operation that throws is a failure of it; one that was cancelled is neither success nor failure. Any number may run
/// at once while the breaker is closed, and one while it is half-open. A result that comes after the breaker has changed is
/// dropped. Calls follow each other at any rate, so a call soon after a success is no relapse:
/// ``BreakerPolicy/relapseWindow`` does not apply.
public actor BreakerRunner {
    /// Told of a change of state, from which state and to which.
    ///
    /// It is called on the actor, in the order of the changes, before the call that made the change returns. It should
    /// return at once: until then no other call begins or ends.
    public typealias StateChange = @Sendable (_ old: CircuitBreaker.State, _ new: CircuitBreaker.State) -> Void

    /// What the breaker protects, for its error.
    public nonisolated let name: String
    /// The breaker as it stands, to be shown, or to be kept and given to the next ``init(_:policy:breaker:now:onStateChange:)``.
    public private(set) var breaker: CircuitBreaker
    private let policy: BreakerPolicy
    private let now: @Sendable () -> Timestamp
    private let onStateChange: StateChange

    /// Makes a runner.
    ///
    /// - Parameters:
    ///   - name: what is protected, as ``BreakerDenied`` names it.
    ///   - policy: when the breaker opens, and for how long.
    ///   - breaker: the breaker to begin with, closed by default.
    ///   - now: the wall clock; by default one that does not follow changes of the machine's clock.
    ///   - onStateChange: called at each change of state.
    public init(
        _ name: String, policy: BreakerPolicy = BreakerPolicy(), breaker: CircuitBreaker = CircuitBreaker(),
        now: (@Sendable () -> Timestamp)? = nil, onStateChange: @escaping StateChange = { _, _ in }
    ) {
        let steady = SteadyWallClock()
        var policy = policy
        policy.relapseWindow = .zero
        self.name = name
        self.policy = policy
        self.breaker = breaker
        self.now = now ?? { steady.now() }
        self.onStateChange = onStateChange
    }

    /// Runs `operation`, where the breaker admits it, on the caller's own actor.
    ///
    /// - Returns: what `operation` returns. That is a success.
    /// - Throws: ``BreakerDenied`` where the breaker does not admit it, and `operation` has not run; else what `operation`
    ///   throws. That is a failure, unless it is a `CancellationError` or the task is cancelled. An error that says nothing
    ///   of what is protected (a wrong argument) should be returned, as a `Result`, not thrown.
    public nonisolated(nonsending) func run<Value>(
        _ operation: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value {
        let generation = try await admit()
        do {
            let value = try await operation()
            await record(.success, generation: generation)
            return value
        } catch {
            let isCancelled = error is CancellationError || Task.isCancelled
            await record(isCancelled ? .interruption : .failure, generation: generation)
            throw error
        }
    }

    /// Closes the breaker and forgets its failures, by an operator's hand.
    public func reset() { change { $0.reset() } }

    /// - Returns: the generation that the operation begins in.
    private func admit() throws(BreakerDenied) -> Int64 {
        let moment = now()
        let result = change {
            $0.admit(at: moment, raisedAt: moment, trialAbandoned: false, policy: policy, jitter: .random(in: 0...1))
        }
        guard case .admitted = result.admission else { throw BreakerDenied(name: name, breaker: breaker) }
        return breaker.generation
    }

    private func record(_ result: CircuitBreaker.Result, generation: Int64) {
        let moment = now()
        _ = change {
            $0.record(result, generation: generation, at: moment, policy: policy, jitter: .random(in: 0...1))
        }
    }

    private func change<Result>(_ body: (inout CircuitBreaker) -> Result) -> Result {
        let before = breaker
        let result = body(&breaker)
        // A deadline that is only shortened is the same state.
        if breaker.generation != before.generation, breaker.state != before.state {
            onStateChange(before.state, breaker.state)
        }
        return result
    }
}

/// Why ``BreakerRunner/run(_:)`` did not run an operation.
public struct BreakerDenied: Error, Equatable, CustomStringConvertible {
    /// What the breaker protects.
    public var name: String
    /// Which rule it was, and when to try again.
    public var denial: Denial

    init(name: String, breaker: CircuitBreaker) {
        self.name = name
        denial =
            switch breaker.state {
            case .open(let until): Denial(.breaker, "its circuit breaker is open until \(until.utcText)", until: until)
            case .halfOpen(let deadline):
                Denial(.breaker, "another call is on trial, until \(deadline.utcText) at most", until: deadline)
            case .closed: Denial(.retry, "its last call has failed a moment ago", until: breaker.retryAt)
            }
    }

    public var description: String { "cannot call '\(name)': \(denial)" }
}
