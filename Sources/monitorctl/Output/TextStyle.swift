/// How a piece of text stands out on a terminal.
enum TextStyle: String, Sendable {
    case plain = ""
    case heading = "1"
    case faint = "2"
    case good = "32"
    case busy = "33"
    case bad = "31"
    case alert = "1;31"

    /// The text with the control sequences of this style (ECMA-48, SGR) around it, where `colours` allows them.
    func applied(to text: String, colours: Bool) -> String {
        colours && self != .plain && !text.isEmpty ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}

/// What text is written for: a terminal of some width, or a pipe.
struct Page: Sendable, Equatable {
    /// Columns; nil for a pipe or a file, where nothing is cut or wrapped.
    var width: Int?
    var colours: Bool
    var times: TimeFormat

    func styled(_ text: String, _ style: TextStyle) -> String { style.applied(to: text, colours: colours) }
}
