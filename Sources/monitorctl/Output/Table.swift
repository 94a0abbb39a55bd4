/// Rows of text in columns as wide as their widest cell, two blanks apart.
struct Table: Sendable {
    struct Cell: Sendable {
        /// The first line, which is all that most cells have.
        var text: String
        var style: TextStyle
        /// The lines below it.
        var more: ArraySlice<String> = []

        init(_ text: String, _ style: TextStyle = .plain) {
            self.text = text
            self.style = style
        }

        init(lines: [String]) {
            self.init(lines.first ?? "")
            more = lines.dropFirst()
        }

        var height: Int { 1 + more.count }
        var width: Int { more.reduce(text.displayWidth) { max($0, $1.displayWidth) } }

        /// A line of it; empty below the last one.
        func line(_ index: Int) -> String {
            index == 0 ? text : index < height ? more[more.startIndex + index - 1] : ""
        }
    }

    /// The headings; empty for none.
    var headings: [String]
    var rows: [[Cell]]

    /// How wide the columns are together, each with the gap behind it.
    var width: Int { columnWidths.reduce(0) { $0 + $1 + Self.gap } }

    /// The headings, where there are any, as a line.
    func headingLines(_ page: Page) -> [String] {
        headings.isEmpty ? [] : lines(of: headings.map { Cell($0, .heading) }, columnWidths, page)
    }

    /// The lines of each row.
    func rowLines(_ page: Page) -> [[String]] {
        let widths = columnWidths
        return rows.map { lines(of: $0, widths, page) }
    }

    /// Whether no line of it is wider than the page.
    func fits(_ pageWidth: Int) -> Bool { width - Self.gap <= pageWidth }

    /// The lines of each row for a page that is too narrow for columns: the cells one below the other, broken between
    /// words, all but the first indented; those that say nothing are left out.
    func stackedRowLines(_ width: Int, indent: String, _ page: Page) -> [[String]] {
        rows.map { row in
            row.enumerated().flatMap { index, cell in
                let indent = index == 0 ? "" : indent
                return (0..<cell.height).map(cell.line).filter { index == 0 || $0 != "-" }
                    .flatMap { $0.wrapped(toWidth: width - indent.count) }
                    .map { indent + page.styled($0, cell.style) }
            }
        }
    }

    private static let gap = 2

    private var columnWidths: [Int] {
        var widths = headings.map(\.displayWidth)
        for row in rows {
            if widths.count < row.count { widths += Array(repeating: 0, count: row.count - widths.count) }
            for column in row.indices { widths[column] = max(widths[column], row[column].width) }
        }
        return widths
    }

    private func lines(of cells: [Cell], _ widths: [Int], _ page: Page) -> [String] {
        let height = cells.reduce(1) { max($0, $1.height) }
        return (0..<height).map { index in
            var line = ""
            // Blanks are written only before a text: behind the last one they would wrap on a narrow terminal.
            var blanks = 0
            for column in cells.indices {
                let text = cells[column].line(index)
                if !text.isEmpty {
                    line += String(repeating: " ", count: blanks)
                    line += page.styled(text, cells[column].style)
                    blanks = 0
                }
                blanks += widths[column] - text.displayWidth + Self.gap
            }
            return line
        }
    }
}

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
        if let width = page.width, !table.fits(width) {
            headingLines = []
            rowLines = zip(table.stackedRowLines(width, indent: Self.indent, page), lines).map { row, remark in
                row + remark.map { Self.indent + page.styled($0, .faint) }
            }
            return
        }
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
