/// When each check runs next: a value that is told the time.
///
/// Each check has its own pace, whatever the others do: it is due again a period after it began last, or as soon as it has
/// ended where it took longer. Only those that start programs wait for each other, when more are due than may run at
/// once; the one that has waited longest goes first.
package struct CheckSchedule<Instant: InstantProtocol>: Sendable where Instant.Duration == Duration {
    private struct Entry {
        let period: Duration
        let isCommand: Bool
        var due: Instant
        var began: Instant?
        /// It was called for while it ran.
        var isWanted = false
    }

    /// How many commands may run at once.
    package var commandLimit: Int
    private var entries: [Int: Entry] = [:]
    /// Of those that were removed while they ran, too.
    private var commandsRunning: Set<Int> = []
    private let origin: Instant

    /// The largest share of a period by which a run may be early: what keeps many checks from running in step.
    private static var jitter: Double { 0.1 }
    /// Runs are due in steps of this, so that those of one moment share one pass over `/proc`, and one wakeup.
    private static var step: Duration { .milliseconds(100) }

    package init(commandLimit: Int, now: Instant) {
        self.commandLimit = commandLimit
        origin = now
    }

    /// Adds a check, to be run within its first period.
    ///
    /// - Parameters:
    ///   - id: of this check alone, never used again.
    ///   - random: a random number from 0 to 1.
    package mutating func add(_ id: Int, period: Duration, isCommand: Bool, now: Instant, random: Double) {
        let due = inStep(now.advanced(by: period * random), period: period)
        entries[id] = Entry(period: period, isCommand: isCommand, due: max(now, due))
    }

    package mutating func remove(_ id: Int) { entries[id] = nil }

    /// Those that are to be run now. Each is running from then on, until ``ended(_:pause:now:random:)``.
    package mutating func takeDue(now: Instant) -> [Int] {
        let due = entries.filter { $0.value.began == nil && $0.value.due <= now }
            .sorted { ($0.value.due, $0.key) < ($1.value.due, $1.key) }
        var taken: [Int] = []
        for (id, entry) in due {
            if entry.isCommand {
                guard commandsRunning.count < commandLimit else { continue }
                commandsRunning.insert(id)
            }
            entries[id]?.began = now
            taken.append(id)
        }
        return taken
    }

    /// A check has run.
    ///
    /// - Parameters:
    ///   - pause: the least time to the next run, where that is longer than the period.
    ///   - random: a random number from 0 to 1.
    package mutating func ended(_ id: Int, pause: Duration = .zero, now: Instant, random: Double) {
        commandsRunning.remove(id)
        guard var entry = entries[id], let began = entry.began else { return }
        let period = max(entry.period, pause)
        let next = inStep(began.advanced(by: period * (1 - Self.jitter * random)), period: period)
        entry.due = entry.isWanted ? now : max(now, next)
        entry.began = nil
        entry.isWanted = false
        entries[id] = entry
    }

    /// Whether a check that doesn't run is to be run before a moment; nil = at any time.
    package func isDue(_ id: Int, before moment: Instant?) -> Bool {
        guard let entry = entries[id], entry.began == nil else { return false }
        return moment.map { entry.due < $0 } ?? true
    }

    /// Has a check run as soon as it can be; one that runs already is run again after that.
    package mutating func hurry(_ id: Int, now: Instant) {
        guard var entry = entries[id] else { return }
        if entry.began == nil { entry.due = min(entry.due, now) } else { entry.isWanted = true }
        entries[id] = entry
    }

    /// When ``takeDue(now:)`` has something to give, if nothing ends before; nil when that alone can make it so.
    package var nextDue: Instant? {
        let isFull = commandsRunning.count >= commandLimit
        var next: Instant?
        for entry in entries.values where entry.began == nil && !(isFull && entry.isCommand) {
            if next.map({ entry.due < $0 }) ?? true { next = entry.due }
        }
        return next
    }

    /// The step at which a moment is, or before it: never later, and by no more than a tenth of the period earlier.
    private func inStep(_ moment: Instant, period: Duration) -> Instant {
        let step = min(Self.step, period / 10)
        guard step > .zero else { return moment }
        let offset = origin.duration(to: moment)
        return origin.advanced(by: step * Int((offset / step).rounded(.down)))
    }
}
