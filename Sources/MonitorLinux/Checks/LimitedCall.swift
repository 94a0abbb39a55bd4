internal import MonitorCore
internal import Synchronization

/// A question whose answer may never come (a file on a hung mount, a name server that is silent), asked at most once at a
/// time.
///
/// A caller waits for its limit and no longer; the question stays. Callers that come while it is asked wait for the next
/// time together, as what they ask about may have changed since: so a question that hangs holds one thread, however often
/// it is asked.
final class LimitedCall<Value: Sendable>: Sendable {
    private struct Caller {
        var continuation: CheckedContinuation<LimitedWait<Value>, Never>
        var timer: Task<Void, Never>
    }

    private struct State {
        var isAsking = false
        var lastID: UInt64 = 0
        var callers: [UInt64: Caller] = [:]
    }

    private let state = Mutex(State())
    private let ask: @Sendable () async -> Value

    init(_ ask: @escaping @Sendable () async -> Value) { self.ask = ask }

    /// The answer to a question that is put now or later.
    func value(atMost limit: Duration) async -> LimitedWait<Value> {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isFirst: Bool? = state.withLock { state in
                    if Task.isCancelled { return nil }
                    // Unstructured: it answers a caller whose question hangs.
                    let timer = Task {
                        guard (try? await Task.sleep(for: limit)) != nil else { return }
                        self.answer(id, .timeOver)
                    }
                    state.callers[id] = Caller(continuation: continuation, timer: timer)
                    defer { state.isAsking = true }
                    return !state.isAsking
                }
                switch isFirst {
                case nil: continuation.resume(returning: .cancelled)
                // Unstructured: it may outlive every caller.
                case true?: Task { await serve() }
                case false?: break
                }
            }
        } onCancel: {
            answer(id, .cancelled)
        }
    }

    private func serve() async {
        while let ids = takeNext() {
            let value = await ask()
            for id in ids { answer(id, .finished(value)) }
        }
    }

    /// The callers that the next question is for; nil when none waits.
    private func takeNext() -> [UInt64]? {
        state.withLock { state in
            guard state.callers.isEmpty else { return Array(state.callers.keys) }
            state.isAsking = false
            return nil
        }
    }

    private func answer(_ id: UInt64, _ answer: LimitedWait<Value>) {
        guard let caller = state.withLock({ $0.callers.removeValue(forKey: id) }) else { return }
        caller.timer.cancel()
        caller.continuation.resume(returning: answer)
    }
}

extension LimitedCall where Value == CheckResult {
    /// The answer as a check gives it.
    ///
    /// - Parameter subject: what gives none in time: `file /var/lib/x`.
    func result(atMost limit: Duration, from subject: String) async -> CheckResult {
        switch await value(atMost: limit) {
        case .finished(let result): result
        case .timeOver: .failed(noAnswer(within: limit, from: subject))
        case .cancelled: .unknown("was cancelled")
        }
    }
}
