internal import CLinux
internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// Why a running process can't be started again as it is.
struct CaptureError: Error, Equatable, CustomStringConvertible {
    /// A phrase about the process: `its program is gone`.
    var description: String
    /// It is confined in a way that can't be brought back: an earlier record of it would be no better.
    var isFinal = false

    init(_ description: String, isFinal: Bool = false) {
        self.description = description
        self.isFinal = isFinal
    }
}

extension LaunchSpec {
    /// What a running process was started as: program, arguments, environment, directory, user, groups, and what else it has inherited.
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
            // A title (`setproctitle(3)`): `nginx: master process …`.
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
        attributes = try Attributes(capturing: file, as: credentials, executable: program)
        // All that was read belongs to one process only if that one is still there.
        guard file.stat()?.identity == entry.identity else { throw CaptureError("it has ended meanwhile") }
    }

    /// Puts the path by which the program was called in place of the one it turned out to be, where that gives the
    /// process another name: a script instead of its interpreter, `python3` instead of `python3.11`. A process that
    /// comes back under another name would not be found.
    private mutating func restoreInvocation(showing comm: [UInt8]) {
        guard !Self.shows(comm, Array(executable.utf8)) else { return }
        // An interpreter line may add one argument before the script, `env -S` some more.
        for index in 1...3 where index < arguments.count && Self.shows(comm, arguments[index]) {
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

// MARK: - Attributes

extension [LaunchSpec.Attributes.Limit] {
    /// Parses `/proc/PID/limits`, a table whose lines are in the order of the kernel's numbers; nil for anything else.
    ///
    /// prlimit(2) would tell the same, but for processes of other users only to whom may change them.
    package init?(parsing text: String) {
        let lines = text.split(separator: "\n").dropFirst()
        self = []
        for (index, line) in lines.enumerated() {
            let values = line.dropFirst(25).split(separator: " ").prefix(2).map { word in
                word == "unlimited" ? UInt64.max : UInt64(word)
            }
            guard values.count == 2, let soft = values[0], let hard = values[1] else { return nil }
            append(.init(resource: Int32(index), soft: soft, hard: hard))
        }
        if isEmpty { return nil }
    }
}

extension [UInt8] {
    /// Parses a mask as `/proc/PID/status` writes it, `ff,00000003`; nil for anything else.
    package init?(cpuMask text: String) {
        let digits = text.filter { $0 != "," }
        let padded = (digits.count.isMultiple(of: 2) ? "" : "0") + digits
        let bytes = stride(from: 0, to: padded.utf8.count, by: 2).map { index in
            UInt8(String(decoding: Array(padded.utf8)[index..<(index + 2)], as: UTF8.self), radix: 16)
        }
        guard !bytes.isEmpty, !bytes.contains(nil) else { return nil }
        self = bytes.compactMap(\.self).reversed()
    }
}

extension LaunchSpec.Attributes {
    /// What a process has inherited and would hand on.
    ///
    /// - Throws: where it is confined in a way that a start can't bring back.
    init(
        capturing file: ProcFile, as credentials: LaunchSpec.Credentials, executable: String
    ) throws(CaptureError) {
        let status = file.statusLines()
        try Self.checkConfinement(of: file, status, credentials, executable)
        guard let limits = [Limit](parsing: file.text("limits")) else { throw CaptureError("its limits can't be read") }
        var parameter = sched_param()
        let policy = sched_getscheduler(file.pid)
        sched_getparam(file.pid, &parameter)
        self.init(
            // Kernels before 4.7 don't tell; 022 is what nearly all have.
            umask: status["Umask"].flatMap { UInt32($0, radix: 8) } ?? 0o022,
            nice: monitor_get_nice(file.pid), schedulingPolicy: max(policy, 0),
            schedulingPriority: parameter.sched_priority, ioPriority: Self.ioPriority(of: file.pid),
            cpus: Self.cpus(in: status),
            outOfMemoryAdjustment: Int32(clamping: file.number("oom_score_adj") ?? 0),
            hasNoNewPrivileges: status["NoNewPrivs"] == "1",
            capabilityBounds: status["CapBnd"].flatMap { UInt64($0, radix: 16) } ?? .max, limits: limits,
            output: Self.appendedFile(file, 1), errorOutput: Self.appendedFile(file, 2))
    }

    private static func checkConfinement(
        of file: ProcFile, _ status: [String: String], _ credentials: LaunchSpec.Credentials, _ executable: String
    ) throws(CaptureError) {
        let (own, first) = (ProcFile(pid: getpid()), ProcFile(pid: 1))
        for (kind, name) in namespaces {
            guard let space = file.namespace(kind), let ours = own.namespace(kind) else { continue }
            guard space == ours || space == first.namespace(kind) else {
                throw CaptureError("it runs in a \(name) name space of its own", isFinal: true)
            }
        }
        func filters(_ lines: [String: String]) -> Int { lines["Seccomp_filters"].flatMap { Int($0) } ?? 0 }
        // Every process of the host has those of PID 1, and what the daemon starts may have the daemon's; another's are not told from the daemon's by
        // their number.
        let isStartedHere = LaunchMark(in: file.environment(limit: LaunchMark.searchedBytes) ?? []) != nil
        let heirs = [first.statusLines()] + (isStartedHere ? [own.statusLines()] : [])
        if let mode = status["Seccomp"], mode != "0",
            !heirs.contains(where: { $0["Seccomp"] == mode && filters(status) <= filters($0) })
        {
            throw CaptureError("it runs under a filter of system calls", isFinal: true)
        }
        guard credentials.uid != 0, let permitted = status["CapPrm"].flatMap({ UInt64($0, radix: 16) }), permitted != 0,
            // A program's file may give them, and will again.
            status["CapAmb"].flatMap({ UInt64($0, radix: 16) }) != 0
                || monitor_has_file_capabilities(executable) == 0
        else { return }
        throw CaptureError("it has capabilities that its user doesn't have", isFinal: true)
    }

    /// 0 where it has no class: some kernels tell a priority all the same.
    private static func ioPriority(of pid: pid_t) -> Int32 {
        let priority = monitor_get_io_priority(pid)
        return priority >> 13 > 0 ? priority : 0
    }

    /// The CPUs that a process was bound to; nil for those that this daemon may run on too.
    private static func cpus(in status: [String: String]) -> [UInt8]? {
        guard let mask = status["Cpus_allowed"], mask != ProcFile(pid: getpid()).statusLines()["Cpus_allowed"] else {
            return nil
        }
        return [UInt8](cpuMask: mask)
    }

    private static let namespaces = [
        ("net", "network"), ("mnt", "mount"), ("ipc", "ipc"), ("uts", "host name"), ("user", "user"), ("pid", "pid"),
        ("cgroup", "control group"),
    ]

    /// The file that a descriptor of a process writes to, if it is one.
    private static func appendedFile(_ file: ProcFile, _ number: CInt) -> String? {
        var (opened, named) = (stat(), stat())
        // A file that a process can only read is not for the daemon to open for writing.
        guard let path = file.descriptorTarget(number).flatMap({ String(validating: $0, as: UTF8.self) }),
            path.isAbsolutePath,
            file.isWritable(number), stat("/proc/\(file.pid)/fd/\(number)", &opened) == 0,
            opened.st_mode & S_IFMT == S_IFREG,
            lstat(path, &named) == 0, (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)
        else { return nil }
        return path
    }
}

extension ProcFile {
    /// Whether one of its descriptors was opened for writing.
    fileprivate func isWritable(_ number: CInt) -> Bool {
        let lines = text("fdinfo/\(number)").split(separator: "\n")
        guard let flags = lines.first(where: { $0.hasPrefix("flags:") })?.split(separator: "\t").last,
            let bits = CInt(flags, radix: 8)
        else { return false }
        return bits & O_ACCMODE != O_RDONLY
    }
}
