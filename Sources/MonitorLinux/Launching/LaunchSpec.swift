internal import Glibc
internal import MonitorCore

/// All that is needed to start a program again as it was.
///
/// Arguments and environment are bytes, because the system's are: they need not be UTF-8.
package struct LaunchSpec: Sendable, Equatable, Codable {
    /// The program's absolute path.
    package var executable: String
    /// The arguments, the program's own name (`argv[0]`) first.
    package var arguments: [[UInt8]]
    /// `NAME=value` each; nil for the clean environment that commands get.
    package var environment: [[UInt8]]?
    /// nil for `/`.
    package var workingDirectory: String?
    /// Who it runs as; nil for the daemon's own user.
    package var credentials: Credentials?
    /// What else a process hands on to the programs it starts; nil for what the launcher gives by itself.
    package var attributes: Attributes?

    /// User, group and supplementary groups of a process.
    package struct Credentials: Sendable, Equatable, Codable {
        package var uid: UInt32
        package var gid: UInt32
        package var groups: [UInt32]

        package init(uid: UInt32, gid: UInt32, groups: [UInt32]) {
            self.uid = uid
            self.gid = gid
            self.groups = groups
        }
    }

    /// What a process inherits from the one that starts it, besides user, directory and environment.
    package struct Attributes: Sendable, Equatable, Codable {
        /// The bits that files it creates don't get (`umask(2)`).
        package var umask: UInt32
        /// −20 to 19 (`nice(2)`).
        package var nice: Int32
        /// The policy's number, and its priority where it is a real-time one (`sched(7)`).
        package var schedulingPolicy: Int32
        package var schedulingPriority: Int32
        /// The I/O class and the priority in it, as `ioprio_get(2)` gives them; 0 for what the nice value makes of it.
        package var ioPriority: Int32
        /// The CPUs that it may run on, a bit each, the first byte holding CPUs 0 to 7; nil for those that the daemon has.
        package var cpus: [UInt8]?
        /// `/proc/PID/oom_score_adj`, −1000 to 1000.
        package var outOfMemoryAdjustment: Int32
        /// It can't gain rights by executing a program (`PR_SET_NO_NEW_PRIVS`).
        package var hasNoNewPrivileges: Bool
        /// The capabilities that it can ever have, a bit each (`capabilities(7)`).
        package var capabilityBounds: UInt64
        package var limits: [Limit]
        /// The files that its standard output and standard error are appended to; nil for the launcher's own place.
        package var output: String?
        package var errorOutput: String?

        /// A resource limit (`getrlimit(2)`); `UInt64.max` for none.
        package struct Limit: Sendable, Equatable, Codable {
            /// The kernel's number of the resource.
            package var resource: Int32
            package var soft: UInt64
            package var hard: UInt64

            package init(resource: Int32, soft: UInt64, hard: UInt64) {
                self.resource = resource
                self.soft = soft
                self.hard = hard
            }
        }

        package init(
            umask: UInt32, nice: Int32 = 0, schedulingPolicy: Int32 = 0, schedulingPriority: Int32 = 0,
            ioPriority: Int32 = 0, cpus: [UInt8]? = nil, outOfMemoryAdjustment: Int32 = 0,
            hasNoNewPrivileges: Bool = false, capabilityBounds: UInt64 = .max,
            limits: [Limit] = [], output: String? = nil, errorOutput: String? = nil
        ) {
            self.umask = umask
            self.nice = nice
            self.schedulingPolicy = schedulingPolicy
            self.schedulingPriority = schedulingPriority
            self.ioPriority = ioPriority
            self.cpus = cpus
            self.outOfMemoryAdjustment = outOfMemoryAdjustment
            self.hasNoNewPrivileges = hasNoNewPrivileges
            self.capabilityBounds = capabilityBounds
            self.limits = limits
            self.output = output
            self.errorOutput = errorOutput
        }
    }

    package init(
        executable: String, arguments: [[UInt8]], environment: [[UInt8]]? = nil, workingDirectory: String? = nil,
        credentials: Credentials? = nil, attributes: Attributes? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.credentials = credentials
        self.attributes = attributes
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

    /// The same with a mark in its environment, in front of all else, by which it is known again.
    func marked(_ mark: LaunchMark) -> LaunchSpec {
        var marked = self
        marked.environment = [mark.entry] + (environment ?? CommandEnvironment.clean(for: nil, account: nil))
        return marked
    }

    /// Why this can't be started here; nil where nothing is in the way.
    var denial: String? {
        if let denial = credentials?.denial { return denial }
        var status = stat()
        guard stat(executable, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(executable, X_OK) == 0 else {
            return "program '\(executable.escapedForDisplay(limit: 60))' is gone or not executable"
        }
        if let script = goneScript { return "script '\(script.escapedForDisplay(limit: 60))' is gone" }
        guard let workingDirectory else { return nil }
        guard stat(workingDirectory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            return "directory '\(workingDirectory.escapedForDisplay(limit: 60))' is gone"
        }
        return nil
    }
}

extension LaunchSpec {
    /// The file that an interpreter would be given to run and that isn't there; nil where it is, or can't be told.
    private var goneScript: String? {
        guard let interpreter = Interpreter(Array(executable.utf8).lastPathComponent),
            let script = interpreter.scriptFile(of: arguments).flatMap({ String(validating: $0, as: UTF8.self) })
        else { return nil }
        // A shell looks for a mere name among the programs too.
        if interpreter.isShell, !script.contains("/") { return nil }
        let path = script.isAbsolutePath ? script : "\(workingDirectory ?? "")/\(script)"
        return access(path, F_OK) != 0 && [ENOENT, ENOTDIR].contains(errno) ? path : nil
    }
}

extension LaunchSpec.Credentials {
    /// Why this daemon can't start anything as that user; nil when it can.
    ///
    /// Only root may become another user. As itself an ordinary user runs without any change.
    var denial: String? {
        let own = geteuid()
        return own == 0 || own == uid ? nil : "only root can run it as another user (uid \(uid))"
    }
}
