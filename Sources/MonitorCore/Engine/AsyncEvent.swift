internal import Synchronization

/// An event that one task waits for. Events that come while it does not wait count as one.
final class AsyncEvent: Sendable {
    private enum State {
        case idle
        case signalled
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)
    private let flag = Atomic(false)

    /// Raises the flag, and signals if it was not raised already: until it is cleared, any number of calls is one signal.
    func set() {
        if !flag.exchange(true, ordering: .acquiringAndReleasing) { signal() }
    }

    /// Whether the flag is raised.
    var isSet: Bool { flag.load(ordering: .acquiring) }

    /// Lowers the flag.
    func clear() { flag.store(false, ordering: .releasing) }

    /// Forgets a signal that no task has waited for.
    func dropSignal() {
        state.withLock { state in
            if case .signalled = state { state = .idle }
        }
    }

    /// Wakes the task that waits, or the next one to wait; the flag stays as it is.
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
    func wait<C: Clock<Duration>>(atMost limit: Duration, on clock: C) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await clock.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Waits for a signal, or until the task is cancelled.
    func wait() async {
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

/// Lets one task at a time through, in the order in which they ask; across suspensions, unlike an actor.
final class AsyncMutex: Sendable {
    private struct State {
        var isLocked = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// How many tasks wait for it.
    var waiterCount: Int { state.withLock(\.waiters.count) }

    /// Waits until the mutex is free, and takes it. Cancelling the task does not end the wait.
    ///
    /// Where it is free, the caller's actor is not given up for a moment.
    nonisolated(nonsending) func lock() async {
        if tryLock() { return }
        await withCheckedContinuation { continuation in
            let isMine = state.withLock { state in
                if state.isLocked {
                    state.waiters.append(continuation)
                    return false
                }
                state.isLocked = true
                return true
            }
            if isMine { continuation.resume() }
        }
    }

    private func tryLock() -> Bool {
        state.withLock { state in
            defer { state.isLocked = true }
            return !state.isLocked
        }
    }

    /// Gives the mutex to the task that has waited longest.
    func unlock() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiters.isEmpty {
                state.isLocked = false
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.resume()
    }
}
