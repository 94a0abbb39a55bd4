public import MonitorCore

/// A command line for `/bin/sh -c`, and the conditions under which it runs.
public struct Command: Sendable, Equatable {
    /// What becomes of processes that outlive the command itself.
    public enum Leftovers: Sendable, Equatable {
        /// Those in the command's process group are killed: what checks or prepares has nothing to leave behind.
        case killed
        /// They live on: what stops one program may well start another. Their output is closed, and after a time-out
        /// they are killed like the rest.
        case kept
    }

    /// The text for the shell, the process's name already put in (``CommandTemplate/rendered(for:)``).
    public var text: String
    /// How long it may take.
    public var limit: Duration
    /// The process it is run for, told to it as `MONITOR_PROCESS_NAME`.
    public var name: ProcessName?
    /// Who it runs as; nil for the daemon's own user.
    public var account: Account?
    /// nil for `/`.
    public var workingDirectory: String?
    public var leftovers: Leftovers

    public init(
        _ text: String, limit: Duration, name: ProcessName? = nil, account: Account? = nil,
        workingDirectory: String? = nil, leftovers: Leftovers = .killed
    ) {
        self.text = text
        self.limit = limit
        self.name = name
        self.account = account
        self.workingDirectory = workingDirectory
        self.leftovers = leftovers
    }
}

extension Command {
    /// The program that this is.
    var launch: LaunchSpec {
        LaunchSpec(shell: text, name: name, account: account, workingDirectory: workingDirectory)
    }
}

extension LaunchSpec {
    /// A command line, run by the shell in the clean environment of commands.
    init(shell text: String, name: ProcessName?, account: Account?, workingDirectory: String?) {
        self.init(
            executable: "/bin/sh", arguments: ["sh", "-c", text].map { Array($0.utf8) },
            environment: CommandEnvironment.clean(for: name, account: account),
            workingDirectory: workingDirectory, credentials: account?.credentials)
    }
}
