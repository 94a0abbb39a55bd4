internal import MonitorCore
internal import MonitorStatus

/// What `status` shows: on a terminal the daemon above and a summary below the table, into a pipe the processes alone.
struct StatusScreen: Sendable {
    private let head: [String]
    private let table: RemarkedTable
    private let foot: [String]

    init(_ report: StatusReport, _ page: Page) {
        table = report.table(page)
        guard let width = page.width else {
            (head, foot) = ([], [])
            return
        }
        let headline = report.daemon.headline(host: report.host, times: page.times).wrapped(toWidth: width)
        head = headline.map { page.styled($0, report.daemon.isDown ? .alert : .plain) } + [""]
        foot = (report.entries.isEmpty ? [] : [""]) + report.summary.wrapped(toWidth: width)
    }

    var text: String { lines.joinedLines }

    var lines: [String] {
        head + (table.rowLines.isEmpty ? [] : table.headingLines) + table.rowLines.flatMap(\.self) + foot
    }

    /// The same in at most `rows` lines: the most urgent processes, each whole, and how many there are besides.
    func lines(fitting rows: Int) -> [String] {
        let all = lines
        guard all.count > rows else { return all }
        var room = rows - head.count - table.headingLines.count - foot.count - 1
        let shown = table.rowLines.prefix { block in
            room -= block.count
            return room >= 0
        }
        let rest = "… and \(table.rowLines.count - shown.count) more"
        return Array((head + table.headingLines + shown.flatMap(\.self) + [rest] + foot).prefix(max(0, rows)))
    }
}

extension StatusReport {
    /// The processes with their notes.
    ///
    /// Where all of it fits, moments are told as times of day too, otherwise as `3 min ago` alone. Into a pipe goes data
    /// alone, a line each, without headings.
    func table(_ page: Page) -> RemarkedTable {
        let remarks = entries.map { entry in
            RemarkedTable.Remark(paragraphs: entry.remarks(page.times), isShownInFull: entry.state != .ok)
        }
        let roomy = columns(page, exact: true)
        let table = RemarkedTable.fits(roomy, remarks, page) ? roomy : columns(page, exact: false)
        return RemarkedTable(table, heading: "NOTE", remarks: remarks, page: page)
    }

    private func columns(_ page: Page, exact: Bool) -> Table {
        let rows = entries.map { entry in
            let name = entry.process.name.escapedForDisplay()
            let last = entry.process.last.map {
                "\($0.kind.rawValue) \(exact ? page.times.full($0.at) : page.times.relative($0.at))"
            }
            return [
                Table.Cell(page.width.map { name.cut(toWidth: max(12, $0 / 3)) } ?? name),
                Table.Cell(entry.state.text(page.times, exact: exact), entry.state.style),
                Table.Cell(last ?? "-"),
            ]
        }
        return Table(headings: page.width == nil ? [] : ["NAME", "STATE", "LAST OUTCOME"], rows: rows)
    }
}

extension ProcessFacts {
    /// What `status NAME` shows: a block of lines, the first of them the name.
    func lines(of process: ProcessStatus, _ style: TextStyle, _ page: Page) -> [String] {
        let title = page.styled(process.name.escapedForDisplay(), .heading) + " (process \(process.processID))"
        return [title]
            + facts.enumerated().flatMap { index, fact in lines(of: fact, index == 0 ? style : .plain, page) }
    }

    private func lines(of fact: Fact, _ style: TextStyle, _ page: Page) -> [String] {
        let labelWidth = 16
        let lines = fact.paragraphs.flatMap { paragraph in
            page.width.map { paragraph.wrapped(toWidth: $0 - labelWidth) } ?? [paragraph]
        }
        return lines.enumerated().map { index, part in
            (index == 0 ? "  " + fact.label : "").padded(toWidth: labelWidth) + page.styled(part, style)
        }
    }
}

extension HistoryReport {
    /// What `history` shows.
    func table(_ page: Page) -> RemarkedTable {
        let rows = entries.map { entry in
            let name = (entry.processName ?? "").escapedForDisplay()
            return [
                Table.Cell(page.times.full(entry.at)),
                Table.Cell(page.width.map { name.cut(toWidth: max(12, $0 / 4)) } ?? name),
                Table.Cell(entry.kind.rawValue, entry.kind.style),
                Table.Cell(entry.effort),
            ]
        }
        let table = Table(headings: page.width == nil ? [] : ["ENDED", "NAME", "WHAT", "TOOK"], rows: rows)
        let details = entries.map {
            RemarkedTable.Remark(
                paragraphs: $0.fullDetail.paragraphsForDisplay.map(page.times.inThisZone), isShownInFull: true)
        }
        return RemarkedTable(table, heading: "DETAIL", remarks: details, page: page)
    }
}

extension ProcessState {
    var style: TextStyle {
        switch self {
        case .breakerOpen: .alert
        case .refused, .alarm: .bad
        case .recovering, .held, .okBehindBreaker: .busy
        case .ok: .good
        }
    }
}

extension Event.Kind {
    var style: TextStyle {
        switch self {
        case .recovered: .good
        case .failed, .relapsed, .breakerOpened: .bad
        case .refused, .interrupted: .busy
        default: .plain
        }
    }
}
