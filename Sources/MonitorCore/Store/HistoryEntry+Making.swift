extension HistoryEntry {
    /// The most characters of ``detail`` that a store keeps.
    package static let detailLimit = 2000

    /// How long history is kept where a store is not told.
    public static let defaultRetention: Duration = .seconds(90 * 86400)

    /// The line that tells of a report.
    package init(of report: Completion) {
        self.init(
            processName: report.processName, kind: Kind(report.outcome), at: report.startedAt,
            duration: report.duration, attempts: report.attempts,
            detail: report.detail.cut(toCharacters: Self.detailLimit))
    }
}

extension HistoryEntry.Kind {
    package init(_ outcome: RecoveryOutcome) {
        switch outcome {
        case .recovered: self = .recovered
        case .failed: self = .failed
        case .interrupted: self = .interrupted
        case .refused: self = .refused
        case .relapsed: self = .relapsed
        }
    }

    /// Whether a line of this kind tells of an operator's doing and not of a recovery.
    package var isOperators: Bool {
        switch self {
        case .reset, .held, .released: true
        case .recovered, .failed, .interrupted, .refused, .relapsed: false
        }
    }
}

extension Hold {
    /// What the history says of it.
    package var detail: String {
        [by.map { "by \($0)" }, reason].compactMap(\.self).joined(separator: ": ")
    }
}

extension StoreError {
    /// The answer to adding a process of which the name, or the id, is taken.
    package static func processExists(_ name: ProcessName, id: Int64? = nil) -> StoreError {
        StoreError(
            .duplicate, "cannot add the process '\(name)'",
            reason: id.map { "a process with id \($0) exists already" } ?? "a process of that name exists already")
    }
}
