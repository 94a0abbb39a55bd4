/// Rows of text in columns as wide as their widest cell, two blanks apart.
struct Table: Sendable {
    struct Cell: Sendable {
        /// A line each; most cells have one.
        var lines: [String]
        var style: TextStyle

        init(_ text: String, _ style: TextStyle = .plain) { self.init(lines: [text], style) }

        init(lines: [String], _ style: TextStyle = .plain) {
            self.lines = lines
            self.style = style
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

    /// The table as text, with its headings.
    func text(_ page: Page) -> String {
        (headingLines(page) + rowLines(page).flatMap(\.self)).map { $0 + "\n" }.joined()
    }

    private static let gap = 2

    private var columnWidths: [Int] {
        var widths = headings.map(\.displayWidth)
        for row in rows {
            widths += Array(repeating: 0, count: max(0, row.count - widths.count))
            for (column, cell) in row.enumerated() {
                widths[column] = cell.lines.reduce(widths[column]) { max($0, $1.displayWidth) }
            }
        }
        return widths
    }

    private func lines(of cells: [Cell], _ widths: [Int], _ page: Page) -> [String] {
        let height = cells.reduce(1) { max($0, $1.lines.count) }
        return (0..<height).map { index in
            var line = ""
            // Blanks are written only before a text: behind the last one they would wrap on a narrow terminal.
            var blanks = 0
            for (cell, width) in zip(cells, widths) {
                let text = index < cell.lines.count ? cell.lines[index] : ""
                if !text.isEmpty {
                    line += String(repeating: " ", count: blanks) + page.styled(text, cell.style)
                    blanks = 0
                }
                blanks += width - text.displayWidth + Self.gap
            }
            return line
        }
    }
}
