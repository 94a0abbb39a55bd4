/// A table whose rows have a long text each: beside the row as a last column where there is room, else below it.
struct RemarkedTable: Sendable {
    struct Remark: Sendable {
        /// A paragraph each; none of them, and the row has no remark.
        var paragraphs: [String]
        /// It matters so much that it is wrapped rather than cut to one line.
        var isShownInFull: Bool
    }

    /// The headings, where there are any.
    let headingLines: [String]
    /// The lines of each row, those of its remark among them.
    let rowLines: [[String]]

    /// The lines of all rows under their headings.
    var text: String { (headingLines + rowLines.flatMap(\.self)).joinedLines }

    /// With less room than this beside its row, a longer remark goes below.
    private static let leastWidth = 36
    private static let indent = "    "

    /// - Parameter remarks: one a row. Where the page has no width, a row and its remark are one line.
    init(_ table: Table, heading: String, remarks: [Remark], page: Page) {
        let (beside, room) = Self.room(beside: table, for: remarks, page)
        let lines = remarks.map { $0.lines(width: room) }
        guard beside else {
            headingLines = table.headingLines(page)
            rowLines = zip(table.rowLines(page), lines).map { row, remark in
                row + remark.map { Self.indent + page.styled($0, .faint) }
            }
            return
        }
        var table = table
        if lines.contains(where: { !$0.isEmpty }) {
            if !table.headings.isEmpty { table.headings.append(heading) }
            for (row, lines) in lines.enumerated() { table.rows[row].append(Table.Cell(lines: lines)) }
        }
        headingLines = table.headingLines(page)
        rowLines = table.rowLines(page)
    }

    /// Whether the remarks fit beside the table, all on a page of that width.
    static func fits(_ table: Table, _ remarks: [Remark], _ page: Page) -> Bool {
        room(beside: table, for: remarks, page).beside
    }

    /// Whether the remarks have a place beside the table, and how wide theirs is; nil for no limit.
    private static func room(beside table: Table, for remarks: [Remark], _ page: Page) -> (beside: Bool, room: Int?) {
        guard let width = page.width else { return (true, nil) }
        let longest = remarks.reduce(0) { $1.paragraphs.reduce($0) { max($0, $1.displayWidth) } }
        let room = width - table.width
        return min(longest, leastWidth) <= room ? (true, room) : (false, width - indent.count)
    }
}

extension RemarkedTable.Remark {
    fileprivate func lines(width: Int?) -> [String] {
        guard let width else { return paragraphs.isEmpty ? [] : [paragraphs.joined(separator: "; ")] }
        return isShownInFull
            ? paragraphs.flatMap { $0.wrapped(toWidth: width) }
            : paragraphs.prefix(1).map { $0.cut(toWidth: width) }
    }
}
