/// When the engine polls: at every interval, at moments that the last poll named, and as soon as one is requested.
struct PollSchedule<Instant: InstantProtocol>: Sendable where Instant.Duration == Duration {
    /// Minimum interval between two polls that are requested: at most 100 a second.
    static var spacing: Duration { .milliseconds(10) }

    /// The last poll that succeeded; nil when the next one is due at once.
    private(set) var lastPoll: Instant?
    /// The earliest moment for which a poll is wanted before the interval is over.
    private var wanted: Instant?

    /// Polls at once: what the last poll found may no longer hold.
    mutating func invalidate() { lastPoll = nil }

    /// Polls now, or as soon as the last poll is not too recent.
    mutating func pollSoon() {
        guard let lastPoll else { return }
        want(lastPoll.advanced(by: Self.spacing))
    }

    /// Polls at `moment`, if nothing makes it poll before.
    mutating func poll(at moment: Instant) { want(moment) }

    /// A poll has succeeded, asked for at `moment`; what was wanted is done.
    mutating func polled(at moment: Instant) {
        lastPoll = moment
        wanted = nil
    }

    /// When the next poll is due.
    func next(interval: Duration, now: Instant) -> Instant {
        guard let lastPoll else { return now }
        let regular = lastPoll.advanced(by: interval)
        return wanted.map { min($0, regular) } ?? regular
    }

    private mutating func want(_ moment: Instant) {
        wanted = wanted.map { min($0, moment) } ?? moment
    }
}
