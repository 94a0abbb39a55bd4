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
        // too late: with no descriptor left, nobody would ever learn of the end of a process that runs.
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
        filter { entry in
            guard let first = entry.first, entry.dropFirst().contains(UInt8(ascii: "=")) else { return false }
            return first != UInt8(ascii: "=") && !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
        }.map(\.terminated)
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
