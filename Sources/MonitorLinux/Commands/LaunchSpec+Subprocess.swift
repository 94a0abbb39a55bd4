internal import Glibc
internal import MonitorCore
internal import MonitorIO
internal import Subprocess
internal import SystemPackage

extension LaunchSpec {
    /// The program as swift-subprocess takes it: in a session of its own, every signal at its default, all descriptors
    /// but the standard three closed.
    var subprocess: Subprocess.Configuration {
        var options = PlatformOptions()
        // A session rather than a mere group: no terminal that the daemon may have been started from can reach it.
        options.createSession = true
        // Both together make the library fork by itself instead of by posix_spawn, after which it would open the pidfd
        // too late: with no descriptor left, the end of a process that runs would never be told.
        options.processGroupID = 0
        // Only where it changes something: the calls that change a user wait for every thread that the library's child
        // believes to have, and can hang in it.
        if let credentials, geteuid() == 0, (credentials.uid, credentials.gid) != (geteuid(), getegid()) {
            options.userID = credentials.uid
            options.groupID = credentials.gid
            options.supplementaryGroups = credentials.groups
        }
        return Subprocess.Configuration(
            executable: .path(FilePath(executable)),
            arguments: Arguments(
                executablePathOverride: arguments.first?.terminated,
                remainingValues: arguments.dropFirst().map(\.terminated)),
            environment: .custom((environment ?? CommandEnvironment.clean(for: nil, account: nil)).passable),
            workingDirectory: FilePath(workingDirectory ?? "/"), platformOptions: options)
    }
}

extension [UInt8] {
    /// The library takes bytes for a C string as they are.
    fileprivate var terminated: [UInt8] { self + [0] }
}

extension [[UInt8]] {
    /// The entries that the library passes on; it refuses the whole environment for one that is no variable.
    fileprivate var passable: [[UInt8]] {
        filter(CommandEnvironment.isVariable).map(\.terminated)
    }
}

extension SubprocessError {
    /// Why a program could not be started, a phrase.
    var reason: String {
        let cause = underlyingError.map { SystemError("spawn", code: $0.rawValue) }
        switch (code, cause?.code) {
        case (.executableNotFound, _): return "no such file, or not executable"
        case (.failedToChangeWorkingDirectory, ENOENT), (.failedToChangeWorkingDirectory, ENOTDIR),
            (.failedToChangeWorkingDirectory, EACCES):
            return "its directory is not there, or not open to it"
        default: return cause?.reason ?? description
        }
    }
}

extension CommandResult.Ending {
    /// How a program ended by itself.
    init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(code)
        case .signaled(let number): self = .signalled(number)
        }
    }
}

/// Ends children of ours that hang between being forked and executing their program.
///
/// swift-subprocess clones the daemon, which has several threads, and changes user and groups in the clone; the C
/// library may wait there for threads that only the original has. It was seen under heavy load. The library starts one
/// program at a time, so that a clone that hangs would keep every other from starting.
enum StuckSpawn {
    /// How long the system may take to execute a program, which may lie on a network.
    static let limit: Duration = .seconds(10)

    /// Kills those that there are; our own children, so that no pid of theirs can mean another process.
    ///
    /// To be called when a program was not executed within ``limit``.
    static func end() async {
        await BlockingWork.run {
            for pid in stuck(among: ProcessTable.read(), parent: getpid()) { kill(pid, SIGKILL) }
        }
    }

    /// Children that still are the program that forked them, and have long been.
    static func stuck(among table: ProcessTable, parent: pid_t) -> [pid_t] {
        guard let program = ProcFile(pid: parent).executable() else { return [] }
        return table.processes.values.filter { $0.parent == parent && $0.isAlive }.map(\.identity.pid)
            .filter { ProcFile(pid: $0).executable() == program }
    }
}
