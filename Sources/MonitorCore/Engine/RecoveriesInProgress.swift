/// The recoveries that this daemon is running, and what is known of each: whether it gets on, whether it is stuck, how to
/// tell it that its alarm is gone.
struct RecoveriesInProgress<Instant: InstantProtocol>: Sendable where Instant.Duration == Duration {
    struct Entry: Sendable {
        let job: Job
        /// Set when the alarm is cleared meanwhile.
        let withdrawal = AsyncEvent()
        /// When it has to be over, every step having used up its limit.
        let deadline: Instant
        /// Since when it waits for its strategy; nil when it doesn't.
        var restartingSince: Instant?
    }

    private(set) var entries: [Int64: Entry] = [:]

    mutating func began(_ job: Job, now: Instant) {
        entries[job.id] = Entry(job: job, deadline: now.advanced(by: job.process.settings.longestRecovery))
    }

    mutating func ended(_ id: Int64) { entries[id] = nil }

    mutating func stepped(_ id: Int64, _ step: RecoveryStep, now: Instant) {
        entries[id]?.restartingSince = step == .restarting ? now : nil
    }

    /// Tells those of which the alarm is gone, by a poll that was asked for after they had begun.
    func withdraw(allBut standing: Set<Int64>, runningBefore: Set<Int64>) {
        for (id, entry) in entries where runningBefore.contains(id) && !standing.contains(id) { entry.withdrawal.set() }
    }

    /// Those that wait for their strategy for longer than a command may take, and are not known to be stuck.
    func slow(besides stuck: Set<Int64>, now: Instant) -> [Job] {
        entries.values.filter { entry in
            !stuck.contains(entry.job.id) && slowAt(entry).map { $0 <= now } ?? false
        }.map(\.job)
    }

    /// When the next one becomes slow.
    func nextSlow(besides stuck: Set<Int64>) -> Instant? {
        entries.values.filter { !stuck.contains($0.job.id) }.compactMap(slowAt).min()
    }

    private func slowAt(_ entry: Entry) -> Instant? {
        entry.restartingSince?.advanced(by: entry.job.process.settings.commandTimeout)
    }

    /// Whether all of them are within their time.
    func isOnTime(at now: Instant, slack: Duration) -> Bool {
        entries.values.allSatisfy { now <= $0.deadline.advanced(by: slack) }
    }
}
