/// How waiting for something ended.
package enum LimitedWait<Value: Sendable>: Sendable {
    case finished(Value)
    case timeOver
    /// The task was cancelled before either.
    case cancelled
}

extension Clock<Duration> {
    /// Waits for `work`, for at most `limit`.
    ///
    /// At the limit `work` is cancelled, and has to return soon then.
    package func wait<Value: Sendable>(
        atMost limit: Duration, for work: @escaping @Sendable () async -> Value
    ) async -> LimitedWait<Value> {
        await withTaskGroup(of: LimitedWait<Value>.self) { group in
            group.addTask {
                let value = await work()
                return Task.isCancelled ? .cancelled : .finished(value)
            }
            group.addTask {
                do {
                    try await sleep(for: limit)
                    return .timeOver
                } catch {
                    return .cancelled
                }
            }
            defer { group.cancelAll() }
            return await group.next() ?? .cancelled
        }
    }
}
