internal import MonitorCore

/// What a store remembers itself where the tables of the monitor are missing: lost with the process.
struct MemoryState {
    var breakers = BreakerTable()
    /// The last completion of each process and what became of it, so that writing it twice is writing it once.
    private var reports: [Int64: (id: String, result: CompletionResult)] = [:]

    func result(of report: Completion) -> CompletionResult? {
        reports[report.processID].flatMap { $0.id == report.id ? $0.result : nil }
    }

    mutating func complete(_ report: Completion, alarm: CompletionResult.AlarmResult) -> CompletionResult {
        let result = CompletionResult(alarm: alarm, breakerApplied: breakers.complete(report))
        reports[report.processID] = (report.id, result)
        return result
    }
}

/// Notices that the triggers which count alarms are gone.
///
/// A daemon with the least privileges can't see triggers. But an alarm that stands again with the revision with which it
/// was cleared, and with the moment of the one before, was raised without being counted.
struct RevisionWatch: Sendable {
    /// The revisions with which this daemon has cleared alarms, and when.
    private var cleared: [Int64: (revision: Int64, at: Timestamp)] = [:]
    /// An alarm was seen that no trigger had counted.
    private(set) var areUncounted = false

    mutating func cleared(_ report: Completion, at now: Timestamp) {
        if let revision = report.revision { cleared[report.processID] = (revision, now) }
    }

    /// Checks the alarms of a poll.
    ///
    /// - Throws: `schema`, once, so that the store is opened anew, and makes do with what there is.
    mutating func check(_ alarms: [Alarm]) throws(SQLError) {
        guard !areUncounted, alarms.contains(where: isUncounted) else { return }
        areUncounted = true
        throw SQLError(.schema, reason: "the triggers that count alarms are gone")
    }

    private func isUncounted(_ alarm: Alarm) -> Bool {
        guard let last = cleared[alarm.processID], let revision = alarm.revision, let raisedAt = alarm.raisedAt
        else { return false }
        return revision == last.revision && raisedAt < last.at
    }
}
