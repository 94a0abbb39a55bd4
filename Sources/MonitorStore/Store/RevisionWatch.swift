internal import MonitorCore

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

    /// What the log says, with the remedy.
    static let remark = """
        the triggers that count alarms are gone: an alarm raised again is told by its note alone; let an administrator \
        run 'monitorctl init', then restart monitord
        """
}
