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
