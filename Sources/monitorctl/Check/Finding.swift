internal import MonitorCore

/// One thing that `check` looked at, and what it found.
struct Finding: Sendable, Equatable {
    enum Level: String, Sendable { case ok, note, warning, error }

    var level: Level
    /// What was looked at: `database`.
    var subject: String
    var text: String
    /// What mends it; nil where there is nothing to mend, or nobody knows.
    var remedy: String?

    init(_ level: Level, _ subject: String, _ text: String, remedy: String? = nil) {
        self.level = level
        self.subject = subject
        self.text = text
        self.remedy = remedy
    }
}

extension Finding {
    /// A line each, with what mends it.
    static func text(_ findings: [Finding], _ page: Page) -> String {
        let rows = findings.map { [Table.Cell($0.level.rawValue, $0.level.style), Table.Cell($0.subject)] }
        let remarks = findings.map { finding in
            RemarkedTable.Remark(
                paragraphs: finding.text.paragraphsForDisplay
                    + (finding.remedy.map { "→ \($0)" }?.paragraphsForDisplay ?? []),
                isShownInFull: true)
        }
        return RemarkedTable(Table(headings: [], rows: rows), heading: "", remarks: remarks, page: page).text
    }
}

extension Finding.Level {
    fileprivate var style: TextStyle {
        switch self {
        case .ok: .good
        case .note: .plain
        case .warning: .busy
        case .error: .bad
        }
    }
}
