internal import Glibc
internal import MonitorCore
internal import MonitorIO

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
        var line = format.line(for: record)
        line.withUTF8 { _ = writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    /// Whether standard error is a terminal whose user wants colour.
    public static func wantsColour(environment: [String: String]) -> Bool {
        wantsColour(descriptor: STDERR_FILENO, environment: environment)
    }

    /// Whether the descriptor leads to a terminal whose user wants colour.
    package static func wantsColour(descriptor: Int32, environment: [String: String]) -> Bool {
        wantsColour(isTerminal: isatty(descriptor) == 1, environment: environment)
    }

    /// The rule of <https://no-color.org>: any value of `NO_COLOR` but the empty one forbids it.
    static func wantsColour(isTerminal: Bool, environment: [String: String]) -> Bool {
        isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }
}
