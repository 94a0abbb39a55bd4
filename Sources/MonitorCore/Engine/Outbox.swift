/// The outcomes that are not written yet, the oldest first, and what became of those that a recovery waits for.
struct Outbox<Instant: InstantProtocol>: Sendable where Instant.Duration == Duration {
    /// How many are written together. The rows of the application are locked meanwhile.
    static var batchSize: Int { 32 }

    private struct Entry {
        var completion: Completion
        /// A lock, or a refusal, concerns this one alone: until then it waits, and the others are written.
        var notBefore: Instant?
        var backoff = Backoff(first: .milliseconds(200), cap: .seconds(30))
        var wasRefused = false
    }

    private var entries: [Entry] = []
    /// The store fails as a whole: everything here waits until it is back.
    var isBlocked = false
    private var awaited: Set<String> = []
    private var results: [String: CompletionResult] = [:]

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    /// The processes whose outcome is not written: they are not served anew before.
    var processes: Set<Int64> { Set(entries.lazy.map(\.completion.processID)) }

    mutating func add(_ completions: [Completion]) {
        entries += completions.map { Entry(completion: $0) }
        awaited.formUnion(completions.lazy.map(\.id))
    }

    func contains(_ completion: Completion) -> Bool { entries.contains { $0.completion.id == completion.id } }

    /// What can be written now, the oldest first.
    func due(at now: Instant) -> [Completion] {
        entries.lazy.filter { $0.notBefore.map { $0 <= now } ?? true }.prefix(Self.batchSize).map(\.completion)
    }

    /// Makes everything due: there is no later.
    mutating func hurry() { for index in entries.indices { entries[index].notBefore = nil } }

    /// When the next of those that wait by themselves is due; nil when none does.
    var nextDue: Instant? { entries.compactMap(\.notBefore).min() }

    /// A completion is written, or given up: then without a result.
    mutating func settled(_ completion: Completion, _ result: CompletionResult?) {
        entries.removeAll { $0.completion.id == completion.id }
        if awaited.contains(completion.id) { results[completion.id] = result }
    }

    /// One completion could not be written, for a reason of its own: it waits for a while, and the others don't.
    ///
    /// - Parameters:
    ///   - isRefusal: the database refuses it, which more tries hardly change.
    ///   - random: a random number from 0 to 1.
    /// - Returns: false when the database has refused it before: then it is to be given up.
    mutating func postpone(_ completion: Completion, isRefusal: Bool, now: Instant, random: Double) -> Bool {
        guard let index = entries.firstIndex(where: { $0.completion.id == completion.id }) else { return true }
        if isRefusal, entries[index].wasRefused { return false }
        entries[index].wasRefused = entries[index].wasRefused || isRefusal
        entries[index].notBefore = now.advanced(by: entries[index].backoff.next(random: random))
        return true
    }

    /// What became of a completion that a recovery waited for; nil when it waits still, or was given up.
    mutating func takeResult(of completion: Completion) -> CompletionResult? {
        awaited.remove(completion.id)
        return results.removeValue(forKey: completion.id)
    }
}
