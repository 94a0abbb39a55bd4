internal import Glibc
internal import MonitorCore

/// The log on standard error, each line in one write(2), so that lines of several processes don't mix.
///
/// A line that can't be written is gone. The daemon ignores SIGPIPE, or a closed pipe would end it.
public struct StandardErrorLog: LogSink {
    private let format: any LogFormat
    private let descriptor: Int32

    public init(format: any LogFormat) { self.init(format: format, descriptor: STDERR_FILENO) }

    init(format: any LogFormat, descriptor: Int32) {
        self.format = format
        self.descriptor = descriptor
    }

    public func write(_ record: LogRecord) {
        var rest = Array(format.line(for: record).utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }

    /// Whether standard error is a terminal whose user wants colour.
    public static func wantsColour(environment: [String: String]) -> Bool {
        wantsColour(isTerminal: isatty(STDERR_FILENO) == 1, environment: environment)
    }

    /// The rule of <https://no-color.org>: any value of `NO_COLOR` but the empty one forbids it.
    static func wantsColour(isTerminal: Bool, environment: [String: String]) -> Bool {
        isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }
}
