internal import Synchronization

/// Hands the engine's events to those who read them, each at its own pace.
final class EventFeed: Sendable {
    private struct State {
        var readers: [Int: AsyncStream<Event>.Continuation] = [:]
        var lastReader = 0
        var isOver = false
    }

    private let state = Mutex(State())

    deinit { finish() }

    /// Whether anything reads: else no event has to be made.
    var isRead: Bool { state.withLock { !$0.readers.isEmpty } }

    /// The events from now on, of which the newest `limit` wait to be read.
    func subscribe(limit: Int) -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(limit))
        let number = state.withLock { state -> Int? in
            guard !state.isOver else { return nil }
            state.lastReader += 1
            state.readers[state.lastReader] = continuation
            return state.lastReader
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.unsubscribe(number) }
        return stream
    }

    func publish(_ event: Event) {
        // Not under the lock: what ends a reader asks for it.
        for reader in state.withLock({ Array($0.readers.values) }) { reader.yield(event) }
    }

    /// Ends all streams: there will be no further event.
    func finish() {
        let readers = state.withLock { state in
            defer { state.readers = [:] }
            state.isOver = true
            return Array(state.readers.values)
        }
        for reader in readers { reader.finish() }
    }

    private func unsubscribe(_ number: Int) { state.withLock { $0.readers[number] = nil } }
}
