public import MonitorCore
internal import Synchronization

/// The log file: appended to line by line, and rotated before it grows beyond its limit.
///
/// `FILE.1` is the newest rotated file, `FILE.N` the oldest. A line is never split, and the file is never larger than
/// the limit unless one line alone is. Nothing that happens to disk or directory reaches the caller: lines that can't
/// be written are counted, and the first line that can is preceded by one that tells how many were lost. A file moved
/// or deleted by somebody else is noticed at the next line, and made anew, together with its directory.
///
/// A line takes as long as the disk takes; nothing else is waited for. Several processes may write to the same file:
/// lines are appended whole, and one of them rotates, while the others may go beyond the limit for that moment.
public final class RotatingLogFile: LogSink {
    private let writer: Mutex<LogFileWriter>

    /// What file, and how much of it.
    public struct Policy: Sendable {
        public var path: String
        /// The most bytes in the file.
        public var limit: Int
        /// Rotated files that are kept.
        public var keep: Int
        public var format: any LogFormat

        public init(path: String, limit: Int, keep: Int, format: any LogFormat) {
            self.path = path
            self.limit = limit
            self.keep = keep
            self.format = format
        }

        /// The policy of a configuration.
        ///
        /// - Parameter path: the file (``StatePaths/logFile``).
        public init(_ settings: LoggingSettings, path: String) {
            self.init(
                path: path, limit: settings.maxLogSizeKB * 1024, keep: settings.logFilesToKeep,
                format: settings.format.lineFormat)
        }
    }

    /// Takes the policy; the file is opened by the first line, or by ``reopen()``.
    public init(_ policy: Policy) { writer = Mutex(LogFileWriter(policy)) }

    public func write(_ record: LogRecord) {
        let format = writer.withLock { $0.format }
        // What describes the data is the caller's code, so it does not run under the lock.
        let line = format.line(for: record)
        writer.withLock { $0.write(line) }
    }

    /// Closes the file and opens it anew: at the start, to learn whether it can be written, and on SIGHUP.
    ///
    /// - Returns: why it can't be opened, for a person; nil when all is well. Writing goes on trying either way.
    @discardableResult
    public func reopen() -> String? {
        writer.withLock { $0.reopen() }
    }

    /// Finds out, without making or writing anything, whether a log of this user could be written to a path.
    ///
    /// - Returns: whether the file is there already, or why it can't be opened.
    package static func probe(_ path: String) -> (exists: Bool, reason: String?) {
        do throws(LogFileFailure) {
            return (try OpenLogFile.probe(path), nil)
        } catch {
            return (false, error.reason)
        }
    }

    /// Takes another policy, at a reload, and opens its file.
    ///
    /// - Returns: as ``reopen()``.
    @discardableResult
    public func apply(_ policy: Policy) -> String? {
        writer.withLock { writer in
            writer.apply(policy)
            return writer.reopen()
        }
    }
}
