internal import MonitorCore
internal import MonitorIO

/// How a command ended, and what it wrote.
public struct CommandResult: Sendable, Equatable {
    public enum Ending: Sendable, Equatable {
        /// It ended by itself, with this code.
        case exited(Int32)
        /// A signal ended it that this runner didn't send.
        case signalled(Int32)
        /// It took longer than its limit, and was killed with everything it had started.
        case timedOut(Duration)
        /// The task that ran it was cancelled; it was killed with everything it had started.
        case cancelled
        /// It never ran. The reason is a phrase: `no such file or directory`.
        case couldNotStart(String)
    }

    public var ending: Ending
    public var output: CommandOutput
    /// How long it took, starting included.
    public var duration: Duration

    public init(_ ending: Ending, output: CommandOutput = CommandOutput(), duration: Duration = .zero) {
        self.ending = ending
        self.output = output
        self.duration = duration
    }

    public var succeeded: Bool { ending == .exited(0) }
}

extension CommandResult.Ending: CustomStringConvertible {
    /// A phrase that follows the command's name: `exited with 1`.
    public var description: String {
        switch self {
        // What a POSIX shell says of a command that it can't run.
        case .exited(126): "exited with 126 (not executable)"
        case .exited(127): "exited with 127 (command not found)"
        case .exited(let code): "exited with \(code)"
        case .signalled(let number): "was killed by \(SignalName(number))"
        case .timedOut(let limit): "timed out after \(limit.wholeMilliseconds.formattedAsSeconds)"
        case .cancelled: "was cancelled"
        case .couldNotStart(let reason): "could not be started: \(reason)"
        }
    }
}

extension CommandResult {
    /// What happened, for a note or a log line: `pgrep worker exited with 1`, and the last line of the output where
    /// there is one: `pre_restart_command exited with 1: syntax error in line 3`.
    public func phrase(for subject: String) -> String {
        guard let last = output.lines.last else { return "\(subject) \(ending)" }
        return "\(subject) \(ending): \(last)"
    }
}

extension Int64 {
    /// Milliseconds as seconds: `5 s`, `0.25 s`.
    fileprivate var formattedAsSeconds: String {
        self % 1000 == 0 ? "\(self / 1000) s" : "\(Double(self) / 1000) s"
    }
}
