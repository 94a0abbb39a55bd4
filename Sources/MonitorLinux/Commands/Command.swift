package import MonitorCore
internal import MonitorIO

/// A command line for `/bin/sh -c`, and the conditions under which it runs.
package struct Command: Sendable, Equatable {
    /// What becomes of processes that outlive the command itself.
    package enum Orphans: Sendable, Equatable {
        /// Those in the command's process group are killed: what checks or prepares has nothing to leave behind.
        case killed
        /// They live on: what stops one program may well start another. Their output is closed, and after a time-out
        /// they are killed like the rest.
        case kept
    }

    /// The text for the shell, the process's name already put in (``CommandTemplate/rendered(for:)``).
    package var text: String
    /// How long it may take.
    package var limit: Duration
    /// The process it is run for, told to it as `MONITOR_PROCESS_NAME`.
    package var name: ProcessName?
    /// Who it runs as; nil for the daemon's own user.
    package var account: Account?
    /// nil for `/`.
    package var workingDirectory: String?
    package var orphans: Orphans

    package init(
        _ text: String, limit: Duration, name: ProcessName? = nil, account: Account? = nil,
        workingDirectory: String? = nil, orphans: Orphans = .killed
    ) {
        self.text = text
        self.limit = limit
        self.name = name
        self.account = account
        self.workingDirectory = workingDirectory
        self.orphans = orphans
    }
}

extension Command {
    /// The program that this is.
    var launch: LaunchSpec {
        LaunchSpec(shell: text, name: name, account: account, workingDirectory: workingDirectory)
    }
}

/// How a command ended, and what it wrote.
package struct CommandResult: Sendable, Equatable {
    package enum Ending: Sendable, Equatable {
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

    package var ending: Ending
    package var output: CommandOutput
    /// How long it took, starting included.
    package var duration: Duration

    package init(_ ending: Ending, output: CommandOutput = CommandOutput(), duration: Duration = .zero) {
        self.ending = ending
        self.output = output
        self.duration = duration
    }

    package var succeeded: Bool { ending == .exited(0) }
}

extension CommandResult.Ending: CustomStringConvertible {
    /// A phrase that follows the command's name: `exited with 1`.
    package var description: String {
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
    package func phrase(for subject: String) -> String {
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

/// What a command wrote, as far as it is kept: the last few kilobytes.
package struct CommandOutput: Sendable, Equatable {
    /// Bytes kept at most. What a command says last is what explains its end.
    package static let capacity = 4096
    private static let headCapacity = 1024

    /// The last bytes written, standard output and standard error as they came.
    package private(set) var tail: [UInt8] = []
    /// The first bytes written, at most 1,024: where a program's answer is its first line.
    package private(set) var head: [UInt8] = []
    /// Bytes written in all.
    package private(set) var byteCount = 0

    package init() {}

    /// Takes more output, and forgets what no longer fits.
    package mutating func append(_ bytes: ArraySlice<UInt8>) {
        byteCount += bytes.count
        head += bytes.prefix(Self.headCapacity - head.count)
        tail += bytes[max(bytes.startIndex, bytes.endIndex - Self.capacity)...]
        tail.removeFirst(max(0, tail.count - Self.capacity))
    }

    /// The kept lines that aren't blank, safe to print: what is no text is replaced, controls are escaped.
    package var lines: [String] {
        let text = String(decoding: tail, as: UTF8.self)
        let lines = text.unicodeScalars.split { $0 == "\n" || $0 == "\r" }
        return lines.compactMap { line in
            guard !line.allSatisfy({ $0.properties.isWhitespace }) else { return nil }
            return String(String.UnicodeScalarView(line)).escapedForDisplay()
        }
    }

    /// The kept lines in one, for a log; begins with `…` where earlier ones were dropped.
    package var summary: String {
        (byteCount > tail.count ? "…" : "") + lines.joined(separator: " | ")
    }
}

extension CommandOutput: CustomStringConvertible {
    package var description: String { "\(byteCount) bytes: \(lines.last ?? "")".cut(toCharacters: 100) }
}
