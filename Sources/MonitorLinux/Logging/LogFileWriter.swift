internal import Logging
internal import MonitorCore

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
        // It may have done so between the look and the lock; then the file at the path is a new one.
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
