import FoundationEssentials

/// The figures as a table for people, and as JSON lines for programs.
enum Report {
    private static let head = ["FIGURE", "N", "P50", "P99", "BESIDE IT", "P50", "P99", "RATIO", "MUST", "AIM"]

    static func table(_ figures: [Figure]) -> String {
        let rows = [head] + figures.map(row)
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                // Numbers stand under each other's end.
                line += ([1, 2, 3, 5, 6, 7].contains(column) ? space + cell : cell + space) + "  "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
        let notes = figures.compactMap { figure in figure.note.map { "  \(figure.name): \($0)" } }
        return (lines + (notes.isEmpty ? [] : ["", "Notes"] + notes)).joined(separator: "\n")
    }

    static func jsonLine(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private static func row(_ figure: Figure) -> [String] {
        guard let measured = figure.measured else {
            return [figure.name, "not measured"] + Array(repeating: "", count: 8)
        }
        let other = figure.comparison
        func text(_ value: Double?) -> String { value.map { "\(number($0)) \(figure.unit.rawValue)" } ?? "" }
        func goals(_ kind: Limit.Kind) -> String {
            figure.goals.filter { $0.kind == kind }
                .map { "\($0.quantity.rawValue) ≤ \(number($0.limit)) \($0.isMet ? "yes" : "NO")" }.joined(
                    separator: ", ")
        }
        return [
            figure.name, "\(measured.n)", text(measured.p50), measured.n > 1 ? text(measured.p99) : "",
            other?.name ?? "", text(other?.measured.p50),
            other.map { $0.measured.n > 1 } == true ? text(other?.measured.p99) : "",
            figure.ratio.map(number) ?? "", goals(.must), goals(.aim),
        ]
    }

    /// Three significant digits or so.
    private static func number(_ value: Double) -> String {
        let digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 3
        let factor = [1.0, 10, 100, 1000][digits]
        let rounded = (value * factor).rounded() / factor
        return digits == 0 || rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
