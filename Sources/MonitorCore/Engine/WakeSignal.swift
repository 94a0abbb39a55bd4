internal import Synchronization

/// Tells one waiting task to look now. Signals that come while nobody waits count as one.
final class WakeSignal: Sendable {
    private enum State {
        case idle
        case signalled
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)
    private let lookWish = Atomic(false)

    /// Signals that a look is wanted; until one is taken, that is one signal.
    func wantLook() {
        if !lookWish.exchange(true, ordering: .acquiringAndReleasing) { signal() }
    }

    /// Whether a look is wanted that has not been taken.
    var isLookWanted: Bool { lookWish.load(ordering: .acquiring) }

    /// A look begins: it is for all who wanted one so far.
    func takeLook() { lookWish.store(false, ordering: .releasing) }

    func signal() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard case .waiting(let continuation) = state else {
                state = .signalled
                return nil
            }
            state = .idle
            return continuation
        }
        waiter?.resume()
    }

    /// Waits for a signal, for `limit` at the most, or until the task is cancelled.
    package func wait<C: Clock<Duration>>(atMost limit: Duration, on clock: C) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await clock.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Waits for a signal, or until the task is cancelled.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if case .signalled = state {
                        state = .idle
                        return true
                    }
                    if Task.isCancelled { return true }
                    state = .waiting(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard case .waiting(let continuation) = state else { return nil }
                state = .idle
                return continuation
            }
            waiter?.resume()
        }
    }
}
