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

    /// The table as text, with its headings.
    func text(_ page: Page) -> String {
        (headingLines(page) + rowLines(page).flatMap(\.self)).joinedLines
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
