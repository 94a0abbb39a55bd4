internal import Glibc
internal import MonitorCore

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

    /// Colours are welcome: no `NO_COLOR` (https://no-color.org), and no terminal that calls itself dumb.
    var hasColours: Bool { (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb" }
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
