import Foundation
import MonitorCore

/// A row of the table that the hostile suites print: what was thrown at the programs, and what came of it.
///
/// `swift test --filter Hostile | sed -n 's/^hostile: //p'` makes a document of it.
struct HostileCase {
    /// What it came through: `PROCESE row (sqlite)`.
    var through: String
    var input: String
    var attempts = 1

    /// Prints the row; to be called when what is said there was seen.
    func came(to outcome: String) {
        let cells = [through, input, "\(attempts)", outcome].map {
            $0.escapedForDisplay(limit: 110).replacingOccurrences(of: "|", with: "\\|")
        }
        print("hostile: | \(cells.joined(separator: " | ")) |")
    }
}

extension String {
    /// What a terminal may obey, or shows nothing for, apart from the ends of lines.
    var obeyedByTerminals: [Unicode.Scalar] {
        unicodeScalars.filter { scalar in
            guard scalar != "\n" else { return false }
            return switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
    }
}
