internal import MonitorCore

extension String {
    /// The lines of a text from the database that say something, each safe to be shown.
    var paragraphsForDisplay: [String] {
        split(whereSeparator: \.isNewline).map { String($0).escapedForDisplay() }
            .filter { line in line.contains { !$0.isWhitespace } }
    }
}
