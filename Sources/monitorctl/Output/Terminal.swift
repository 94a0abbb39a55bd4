internal import Glibc
internal import MonitorCore
internal import MonitorIO
internal import MonitorLinux
internal import MonitorStatus

/// Where the tool writes: data to standard output, everything else to standard error.
enum Console {
    /// Writes data, in one call as far as the system allows.
    static func write(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Reports something to the operator, on standard error.
    ///
    /// Arguments, paths and what a server says may be quoted in it: only its line breaks reach a terminal as they are.
    static func report(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        write(lines.map { String($0).escapedForDisplay() }.joinedLines, to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        // A reader that has gone can't be notified.
        text.withUTF8 { _ = writeAll(UnsafeRawBufferPointer($0), to: descriptor, waitsForRoom: true) }
    }
}

/// The terminal that a file descriptor leads to.
struct Terminal: Sendable {
    /// Columns and rows.
    struct Size: Sendable, Equatable {
        var columns: Int
        var rows: Int
    }

    var descriptor: Int32
    var environment: [String: String]

    init?(_ descriptor: Int32, environment: [String: String]) {
        guard isatty(descriptor) == 1 else { return nil }
        self.descriptor = descriptor
        self.environment = environment
    }

    /// Its size now; `COLUMNS` and `LINES` where the terminal itself doesn't know, else 80 × 24.
    var size: Size {
        var window = winsize()
        let known = ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0
        func pick(_ measured: UInt16, _ variable: String, _ fallback: Int) -> Int {
            if known, measured > 0 { return Int(measured) }
            return environment[variable].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil } ?? fallback
        }
        return Size(columns: pick(window.ws_col, "COLUMNS", 80), rows: pick(window.ws_row, "LINES", 24))
    }

    /// Whether its user wants colours.
    var hasColours: Bool { StandardErrorLog.wantsColour(descriptor: descriptor, environment: environment) }
}

extension Page {
    /// The page that standard output is: a terminal as wide as it is now, or a pipe.
    static func standardOutput(at now: Timestamp, environment: [String: String]) -> Page {
        let terminal = Terminal(STDOUT_FILENO, environment: environment)
        return Page(
            width: terminal?.size.columns, colours: terminal?.hasColours ?? false,
            times: TimeFormat(now: now, zone: .local))
    }
}

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
