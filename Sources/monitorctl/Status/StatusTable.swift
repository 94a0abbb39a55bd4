internal import MonitorCore

/// The processes as a table, with their notes.
///
/// Where all of it fits, moments are told as times of day too, otherwise as `3 min ago` alone. Into a pipe goes data
/// alone, a line each, without headings.
extension StatusReport {
    func table(_ page: Page) -> RemarkedTable {
        let notes = entries.map { entry in
            RemarkedTable.Remark(paragraphs: Self.notes(of: entry), isShownInFull: entry.condition != .ok)
        }
        let roomy = columns(page, exact: true)
        let table = RemarkedTable.fits(roomy, notes, page) ? roomy : columns(page, exact: false)
        return RemarkedTable(table, heading: "NOTE", remarks: notes, page: page)
    }

    private static func notes(of entry: Entry) -> [String] {
        let notes = entry.process.notes?.paragraphsForDisplay ?? []
        guard case .held(let hold, _) = entry.condition, let reason = hold.reason else { return notes }
        return ["held: \(reason)".escapedForDisplay()] + notes
    }

    private func columns(_ page: Page, exact: Bool) -> Table {
        let rows = entries.map { entry in
            let name = entry.process.name.escapedForDisplay()
            let last = entry.process.last.map {
                "\($0.kind.rawValue) \(exact ? page.times.full($0.at) : page.times.relative($0.at))"
            }
            return [
                Table.Cell(page.width.map { name.cut(toWidth: max(12, $0 / 3)) } ?? name),
                Table.Cell(entry.condition.text(page.times, exact: exact), entry.condition.style),
                Table.Cell(last ?? "-"),
            ]
        }
        return Table(headings: page.width == nil ? [] : ["NAME", "STATE", "LAST OUTCOME"], rows: rows)
    }
}
