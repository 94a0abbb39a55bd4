internal import Glibc
internal import Logging
package import MonitorCore
internal import MonitorIO
internal import Synchronization

/// The log file: appended to line by line, and rotated before it grows beyond its limit.
///
/// `FILE.1` is the newest rotated file, `FILE.N` the oldest. A line is never split, and the file is never larger than
/// the limit unless one line alone is. Nothing that happens to disk or directory reaches the caller: lines that can't
/// be written are counted, and the first line that can is preceded by one that tells how many were lost. A file moved
/// or deleted by another program is noticed at the next line, and made anew, together with its directory.
///
/// A line takes as long as the disk takes; nothing else is waited for. Several processes may write to the same file:
/// lines are appended whole, and one of them rotates, while the others may go beyond the limit for that moment.
package final class RotatingLogFile: LogSink {
    private let writer: Mutex<LogFileWriter>

    /// What file, and how much of it.
    package struct Policy: Sendable {
        package var path: String
        /// The most bytes in the file.
        package var limit: Int
        /// Rotated files that are kept.
        package var keep: Int
        package var format: any LogFormat

        package init(path: String, limit: Int, keep: Int, format: any LogFormat) {
            self.path = path
            self.limit = limit
            self.keep = keep
            self.format = format
        }

        /// The policy of a configuration.
        ///
        /// - Parameter path: the file (``StatePaths/logFile``).
        package init(_ settings: LoggingSettings, path: String) {
            self.init(
                path: path, limit: settings.maxLogSizeKB * 1024, keep: settings.logFilesToKeep,
                format: settings.format.lineFormat)
        }
    }

    /// Takes the policy; the file is opened by the first line, or by ``reopen()``.
    package init(_ policy: Policy) { writer = Mutex(LogFileWriter(policy)) }

    package func write(_ record: LogRecord) {
        let format = writer.withLock { $0.format }
        // What describes the data is the caller's code, so it does not run under the lock.
        let line = format.line(for: record)
        writer.withLock { $0.write(line) }
    }

    /// Closes the file and opens it anew: at the start, to learn whether it can be written, and on SIGHUP.
    ///
    /// - Returns: why it can't be opened, for a person; nil when all is well. Writing goes on trying either way.
    @discardableResult
    package func reopen() -> String? {
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
    package func apply(_ policy: Policy) -> String? {
        writer.withLock { writer in
            writer.apply(policy)
            return writer.reopen()
        }
    }
}

/// The work of ``RotatingLogFile``, for one caller at a time.
struct LogFileWriter: ~Copyable {
    private var policy: RotatingLogFile.Policy
    private var file: OpenLogFile?
    private var loss: Loss?

    /// Lines that were not written, and why the first of them was not.
    private struct Loss {
        var lines: Int
        var reason: String
    }

    init(_ policy: RotatingLogFile.Policy) {
        self.policy = policy
        file = nil
        loss = nil
    }

    var format: any LogFormat { policy.format }

    /// Takes another policy, whose file is opened by the next line.
    mutating func apply(_ policy: RotatingLogFile.Policy) {
        self.policy = policy
        file = nil
    }

    /// Closes the file and opens it anew.
    ///
    /// - Returns: why it can't be opened: `cannot open log file 'FILE': …`.
    mutating func reopen() -> String? {
        file = nil
        do {
            _ = try openCurrentFile()
            return nil
        } catch {
            return "cannot open log file '\(policy.path)': \(error.reason)"
        }
    }

    /// Appends a line, or counts it as lost.
    mutating func write(_ line: String) {
        do {
            var text = line
            if let loss { text = lossNotice(loss) + text }
            if let obstacle = try makeRoom(for: text.utf8.count) { text = rotationNotice(obstacle) + text }
            try file?.append(Array(text.utf8))
            loss = nil
        } catch {
            loss = Loss(lines: (loss?.lines ?? 0) + 1, reason: loss?.reason ?? error.reason)
        }
    }

    /// Sees to it that the file at the path is open, and that so many bytes fit into it.
    ///
    /// - Returns: why the file could not be rotated. It is empty then: without a limit it would fill the disk.
    private mutating func makeRoom(for count: Int) throws(LogFileFailure) -> LogFileFailure? {
        let size = try openCurrentFile()
        guard size > 0, size + count > policy.limit, file?.isRegular == true else { return nil }
        // Another process is rotating: its turn will be over by the next line.
        guard file?.lock() == true else { return nil }
        var obstacle: LogFileFailure?
        // It may have done so between the check and the lock; then the file at the path is a new one.
        if file?.size(at: policy.path) != nil {
            do {
                try LogRotation(path: policy.path, keep: policy.keep).shift()
            } catch {
                obstacle = error
                file?.empty()
            }
        }
        file = nil
        _ = try openCurrentFile()
        return obstacle
    }

    /// Opens the file, again where the one that is open was moved or deleted.
    ///
    /// - Returns: its size.
    private mutating func openCurrentFile() throws(LogFileFailure) -> Int {
        if let size = file?.size(at: policy.path) { return size }
        file = nil
        file = try OpenLogFile(at: policy.path)
        return file?.size(at: policy.path) ?? 0
    }

    private func lossNotice(_ loss: Loss) -> String {
        notice(
            "log lines were lost",
            ["event": "log.lines_lost", "log.lines": "\(loss.lines)", "error.reason": "\(loss.reason)"])
    }

    private func rotationNotice(_ obstacle: LogFileFailure) -> String {
        notice(
            "the log file can't be rotated and starts over",
            ["event": "log.rotation_failed", "error.reason": "\(obstacle.reason)"])
    }

    private func notice(_ message: String, _ metadata: Logger.Metadata) -> String {
        policy.format.line(
            for: LogRecord(time: .wallClock(), level: .warning, message: message, metadata: metadata))
    }
}

/// A log file that is open for appending; closed at the end of its life.
struct OpenLogFile: ~Copyable {
    private let descriptor: Int32
    private let device: dev_t
    private let inode: ino_t
    /// False for a device or a FIFO, which has no size and is not to be renamed.
    let isRegular: Bool

    /// Opens a file, which is made where it is missing, together with its directories.
    ///
    /// A symbolic link in its place is refused: who may write to the directory could make root append to any file.
    init(at path: String) throws(LogFileFailure) {
        var opened = Self.open(path)
        if opened < 0, errno == ENOENT {
            Self.makeDirectories(above: path)
            opened = Self.open(path)
        }
        guard opened >= 0 else { throw LogFileFailure(errno) }
        var status = stat()
        guard fstat(opened, &status) == 0 else {
            let failure = LogFileFailure(errno)
            close(opened)
            throw failure
        }
        descriptor = opened
        device = status.st_dev
        inode = status.st_ino
        isRegular = status.st_mode & S_IFMT == S_IFREG
    }

    deinit { close(descriptor) }

    /// The file's size in bytes; nil when it is no longer the one at that path, or can't be seen there.
    func size(at path: String) -> Int? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else { return nil }
        return Int(status.st_size)
    }

    /// Appends all of the bytes, or none: what a full disk took of them is taken back.
    package func append(_ bytes: [UInt8]) throws(LogFileFailure) {
        let (count, failure) = bytes.withUnsafeBytes { writeAll($0, to: descriptor) }
        guard let failure else { return }
        takeBack(count)
        throw LogFileFailure(failure.code)
    }

    /// Keeps other writers from rotating the file until this one is closed.
    ///
    /// - Returns: false when another holds it.
    func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    /// Throws away all that is in the file.
    func empty() { ftruncate(descriptor, 0) }

    /// Removes what was appended last, unless another task has appended since.
    private func takeBack(_ count: Int) {
        let end = lseek(descriptor, 0, SEEK_CUR)
        var status = stat()
        guard count > 0, fstat(descriptor, &status) == 0, status.st_size == end else { return }
        ftruncate(descriptor, end - off_t(count))
    }

    private static func open(_ path: String, _ creating: Int32 = O_CREAT) -> Int32 {
        // O_NONBLOCK, for a FIFO without a reader; it means nothing to a file.
        let flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        return Glibc.open(path, flags | creating, 0o640)
    }

    /// Finds out, without making anything, whether the file could be opened.
    ///
    /// - Returns: whether it is there already.
    static func probe(_ path: String) throws(LogFileFailure) -> Bool {
        let opened = open(path, 0)
        if opened >= 0 {
            close(opened)
            return true
        }
        guard errno == ENOENT else { throw LogFileFailure(errno) }
        // It would be made, in the nearest directory above it that is there.
        var directory = path[...]
        repeat {
            directory = directory[..<(directory.lastIndex(of: "/") ?? directory.startIndex)]
            let place = directory.isEmpty ? (path.utf8.first == UInt8(ascii: "/") ? "/" : ".") : String(directory)
            if access(place, W_OK | X_OK) == 0 { return false }
            guard errno == ENOENT, !directory.isEmpty else { throw LogFileFailure(errno) }
        } while true
    }

    /// Makes what is missing; open(2) says what could not be made.
    private static func makeDirectories(above path: String) {
        guard let slash = path.lastIndex(of: "/") else { return }
        try? MonitorIO.makeDirectories(String(path[..<slash]), mode: 0o755)
    }
}

/// Why the log can't be written, a phrase for a person.
struct LogFileFailure: Error {
    let reason: String

    init(_ code: Int32) {
        guard code != ELOOP else {
            reason = "it is a symbolic link: name the file that it leads to"
            return
        }
        reason = SystemError("open", code: code).reason
    }
}

/// The rotated files beside a log: `FILE.1`, the newest, to `FILE.N`.
struct LogRotation {
    let path: String
    /// How many are kept.
    let keep: Int

    /// Moves the file to `FILE.1` and the others one further; the oldest is gone, and so is what an earlier
    /// configuration kept beyond `keep`.
    ///
    /// rename(2) replaces its target whatever it is, also a symbolic link. The log itself is moved last, so that a
    /// failure leaves it where it is.
    func shift() throws(LogFileFailure) {
        removeSurplus()
        guard keep > 0 else {
            guard unlink(path) == 0 || errno == ENOENT else { throw LogFileFailure(errno) }
            return
        }
        for number in stride(from: keep - 1, through: 0, by: -1) {
            guard rename(name(number), name(number + 1)) == 0 || errno == ENOENT else { throw LogFileFailure(errno) }
        }
    }

    private func removeSurplus() {
        var number = keep + 1
        while unlink(name(number)) == 0 { number += 1 }
    }

    private func name(_ number: Int) -> String { number == 0 ? path : "\(path).\(number)" }
}
