internal import Dispatch
internal import MonitorIO

/// A value that comes once, later, on the queue of a bus: the reply to a call, the end of a job.
///
/// One task at a time may wait for it, with a limit, and may give up and wait again: the value stays. Everything but
/// `init` is for the bus's queue alone.
final class Promise<Value: Sendable>: @unchecked Sendable {  // confined to `queue`
    private enum State {
        case pending
        case awaited(CheckedContinuation<Value?, Never>)
        case fulfilled(Value)
    }

    private let queue: DispatchQueue
    private var state = State.pending

    init(on queue: QueueExecutor) { self.queue = queue.queue }

    /// Takes the value; a second one is dropped.
    func fulfil(_ value: Value) {
        dispatchPrecondition(condition: .onQueue(queue))
        switch state {
        case .fulfilled: return
        case .pending: break
        case .awaited(let continuation): continuation.resume(returning: value)
        }
        state = .fulfilled(value)
    }

    /// Waits for the value.
    ///
    /// - Returns: the value; nil when the limit is over or the task was cancelled.
    func value(
        within limit: Duration? = nil, isolation: isolated (any Actor)? = #isolation
    ) async -> Value? {
        dispatchPrecondition(condition: .onQueue(queue))
        let alarm = limit.map { limit in
            let alarm = DispatchWorkItem { self.giveUp() }
            queue.asyncAfter(deadline: .now() + .nanoseconds(limit.nanoseconds), execute: alarm)
            return alarm
        }
        defer { alarm?.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation(isolation: isolation) { continuation in
                if case .fulfilled(let value) = state {
                    continuation.resume(returning: value)
                } else if Task.isCancelled {
                    continuation.resume(returning: nil)
                } else {
                    state = .awaited(continuation)
                }
            }
        } onCancel: {
            queue.async { self.giveUp() }
        }
    }

    private func giveUp() {
        guard case .awaited(let continuation) = state else { return }
        state = .pending
        continuation.resume(returning: nil)
    }
}

extension Promise {
    /// Waits for the reply to a call, whose time limit is its own.
    func reply<Reply>(
        isolation: isolated (any Actor)? = #isolation
    ) async throws(BusError) -> Reply where Value == Result<Reply, BusError> {
        guard let outcome = await value() else { throw .cancelled }
        return try outcome.get()
    }
}
