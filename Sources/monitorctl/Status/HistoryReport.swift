internal import MonitorCore

/// What `history` shows, the newest first.
struct HistoryReport: Sendable {
    var host: String
    var entries: [Event]

    func table(_ page: Page) -> RemarkedTable {
        let rows = entries.map { entry in
            let name = (entry.processName ?? "").escapedForDisplay()
            return [
                Table.Cell(page.times.full(entry.at)),
                Table.Cell(page.width.map { name.cut(toWidth: max(12, $0 / 4)) } ?? name),
                Table.Cell(entry.kind.rawValue, entry.kind.style),
                Table.Cell(Self.effort(of: entry)),
            ]
        }
        let table = Table(headings: page.width == nil ? [] : ["WHEN", "NAME", "WHAT", "TOOK"], rows: rows)
        let details = entries.map {
            RemarkedTable.Remark(paragraphs: $0.fullDetail.paragraphsForDisplay, isShownInFull: true)
        }
        return RemarkedTable(table, heading: "DETAIL", remarks: details, page: page)
    }

    /// The same for programs: keys and their order are a contract, told in monitorctl(8).
    var json: JSONValue { .object([("host", .string(host)), ("history", .array(entries.map(Self.json)))]) }

    private static func json(_ entry: Event) -> JSONValue {
        .object([
            ("at", .moment(entry.at)),
            ("name", .optional(entry.processName, JSONValue.string)),
            ("kind", .string(entry.kind.rawValue)),
            ("durationSeconds", .seconds(entry.duration)),
            ("attempts", .integer(Int64(entry.attempts))),
            ("detail", .string(entry.fullDetail)),
        ])
    }

    private static func effort(of entry: Event) -> String {
        guard entry.attempts > 0 else { return "-" }
        let took = TimeFormat.took(entry.duration)
        return entry.attempts == 1 ? took : "\(took), \(entry.attempts) attempts"
    }
}

extension Event {
    /// What happened, and by whose hand.
    fileprivate var fullDetail: String {
        [actor.flatMap { $0.isEmpty ? nil : "by \($0)" }, detail.isEmpty ? nil : detail].compactMap(\.self)
            .joined(separator: ": ")
    }
}

extension Event.Kind {
    var style: TextStyle {
        switch self {
        case .recovered: .good
        case .failed, .relapsed: .bad
        case .refused, .interrupted: .busy
        default: .plain
        }
    }
}
