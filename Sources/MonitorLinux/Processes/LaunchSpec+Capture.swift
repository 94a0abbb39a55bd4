internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// Why a running process can't be started again as it is.
struct CaptureError: Error, Equatable, CustomStringConvertible {
    /// A phrase about the process: `its program is gone`.
    var description: String

    init(_ description: String) { self.description = description }
}

extension LaunchSpec {
    /// What a running process was started as: program, arguments, environment, directory, user and groups.
    ///
    /// Blocks; belongs on a thread that may.
    init(capturing entry: ProcessEntry) throws(CaptureError) {
        let file = ProcFile(pid: entry.identity.pid)
        guard let credentials = entry.status.credentials else {
            throw CaptureError("it has the rights of more than one user")
        }
        guard let root = file.rootDirectory(), let cwd = file.workingDirectory(), let environment = file.environment()
        else { throw CaptureError("its directory and environment can't be read") }
        guard root == [UInt8(ascii: "/")] else { throw CaptureError("it runs in a root directory of its own") }
        guard let invocation = entry.arguments.first, !invocation.isEmpty,
            // setproctitle(3) and its like: `nginx: master process …`.
            invocation.firstRange(of: Array(": ".utf8)) == nil
        else { throw CaptureError("it has overwritten its command line") }
        guard let directory = String(validating: cwd.reappeared, as: UTF8.self),
            let program = entry.executable.flatMap({ String(validating: $0.reappeared, as: UTF8.self) })
        else { throw CaptureError("its program or directory can't be named") }
        self.init(
            executable: program, arguments: entry.arguments,
            environment: CommandEnvironment.inheritable(environment), workingDirectory: directory,
            credentials: credentials)
        restoreInvocation(showing: entry.stat.comm)
        // All that was read belongs to one process only if that one is still there.
        guard file.stat()?.identity == entry.identity else { throw CaptureError("it has ended meanwhile") }
    }

    /// Puts the path by which the program was called in place of the one it turned out to be, where that gives the
    /// process another name: a script instead of its interpreter, `python3` instead of `python3.11`. A process that
    /// comes back under another name would not be found.
    private mutating func restoreInvocation(showing comm: [UInt8]) {
        guard !Self.shows(comm, Array(executable.utf8)) else { return }
        // An interpreter line may add one argument before the script.
        for index in 1...2 where index < arguments.count && Self.shows(comm, arguments[index]) {
            guard let path = absolute(arguments[index]), Self.isScript(path) else { continue }
            executable = path
            arguments = Array(arguments[index...])
            return
        }
        if let path = calledPath, Self.shows(comm, Array(path.utf8)), Self.canonical(path) == executable {
            executable = path
        }
    }

    /// The path that `argv[0]` means, searched for where it is a mere name.
    private var calledPath: String? {
        guard let called = arguments.first else { return nil }
        if called.contains(UInt8(ascii: "/")) { return absolute(called) }
        let key = Array("PATH=".utf8)
        guard let name = String(validating: called, as: UTF8.self),
            let variable = environment?.first(where: { $0.starts(with: key) }),
            let path = String(validating: variable.dropFirst(key.count), as: UTF8.self)
        else { return nil }
        let candidates = path.split(separator: ":").map { "\($0)/\(name)" }
        return candidates.first { $0.isAbsolutePath && access($0, X_OK) == 0 }
    }

    private func absolute(_ path: [UInt8]) -> String? {
        guard let path = String(validating: path, as: UTF8.self) else { return nil }
        return path.isAbsolutePath ? path : "\(workingDirectory ?? "")/\(path)"
    }

    private static func shows(_ comm: [UInt8], _ path: [UInt8]) -> Bool {
        path.lastPathComponent.prefix(ProcessEntry.commLimit).elementsEqual(comm)
    }

    private static func isScript(_ path: String) -> Bool {
        guard access(path, X_OK) == 0, let file = try? OwnedDescriptor(opening: path, O_RDONLY | O_NONBLOCK)
        else { return false }
        return (try? file.read(limit: 2)) == Array("#!".utf8)
    }

    private static func canonical(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

extension [UInt8] {
    /// The path that a link of `/proc` means: marked as deleted, it counts as the file that is there again, if any.
    fileprivate var reappeared: [UInt8] {
        let path = withoutDeletionMark
        return path == self || access(String(decoding: self, as: UTF8.self), F_OK) == 0 ? self : path
    }
}
