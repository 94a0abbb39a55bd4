/// The outcomes that are not written yet, the oldest first, and what became of those that somebody waits for.
struct Outbox: Sendable {
    private(set) var reports: [Completion] = []
    /// The last try to write failed: what is here waits until the store is back.
    var isHeldUp = false
    private var awaited: Set<String> = []
    private var results: [String: CompletionResult] = [:]

    mutating func add(_ new: [Completion]) {
        reports += new
        awaited.formUnion(new.lazy.map(\.id))
    }

    func holds(_ report: Completion) -> Bool { reports.contains { $0.id == report.id } }

    /// A report is written, or given up: then without a result.
    mutating func settle(_ report: Completion, _ result: CompletionResult?) {
        reports.removeAll { $0.id == report.id }
        if awaited.contains(report.id) { results[report.id] = result }
    }

    /// What became of a report, for whoever waited for it; nil when it waits still, or was given up.
    mutating func collect(_ report: Completion) -> CompletionResult? {
        awaited.remove(report.id)
        return results.removeValue(forKey: report.id)
    }
}
