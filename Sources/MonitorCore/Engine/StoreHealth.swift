/// Whether the store answers: when it is tried again, and what is news of that.
struct StoreHealth<Instant: InstantProtocol>: Sendable where Instant.Duration == Duration {
    /// The last failure, until the store answers again.
    private(set) var failure: StoreError?
    /// The failure was one of a write: reading alone does not show that it is over.
    private var isOfWrite = false
    /// Until then a failing store is left alone.
    private(set) var pauseEnd: Instant?
    private var backoff = Backoff()

    /// Takes note of a failure.
    ///
    /// - Parameter random: a random number from 0 to 1.
    /// - Returns: how long to leave the store alone, and whether this is another failure than the last.
    mutating func failed(_ error: StoreError, writing: Bool, now: Instant, random: Double) -> (
        pause: Duration, isNews: Bool
    ) {
        let isNews = failure?.code != error.code
        failure = error
        isOfWrite = writing
        let pause = backoff.next(random: random)
        pauseEnd = now.advanced(by: pause)
        return (pause, isNews)
    }

    /// Takes note of an answer.
    ///
    /// - Returns: whether the store was failing until now.
    mutating func answered(writing: Bool) -> Bool {
        guard failure != nil, writing || !isOfWrite else { return false }
        failure = nil
        pauseEnd = nil
        isOfWrite = false
        backoff.succeeded()
        return true
    }

    /// How long the store is still left alone; nil when it may be asked.
    func pause(at now: Instant) -> Duration? {
        guard let pauseEnd, now < pauseEnd else { return nil }
        return now.duration(to: pauseEnd)
    }
}
