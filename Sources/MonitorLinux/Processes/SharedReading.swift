internal import MonitorCore
internal import MonitorIO
internal import Synchronization

/// Reads something of the system for all who ask for it in the same moment; one reading at a time.
///
/// Nobody is answered from a reading that began before he asked: it may have missed what he asks about. So who asks
/// during a reading waits for the next one, with all others who do.
final class SharedReading<Value: Sendable>: Sendable {
    private struct State {
        var isReading = false
        var waiting: [CheckedContinuation<Value, Never>] = []
    }

    private let state = Mutex(State())
    private let read: @Sendable () -> Value

    /// - Parameter read: called on a thread that may block.
    init(_ read: @escaping @Sendable () -> Value) { self.read = read }

    /// How many wait for the next reading.
    var askers: Int { state.withLock { $0.waiting.count } }

    /// What a reading finds that begins now or later.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state in
                state.waiting.append(continuation)
                defer { state.isReading = true }
                return !state.isReading
            }
            if isFirst { BlockingWork.start(serve) }
        }
    }

    private func serve() {
        while let waiting = takeWaiting() {
            let value = read()
            for continuation in waiting { continuation.resume(returning: value) }
        }
    }

    /// Those for whom the next reading is; nil when nobody waits, and reading is over.
    private func takeWaiting() -> [CheckedContinuation<Value, Never>]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isReading = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
