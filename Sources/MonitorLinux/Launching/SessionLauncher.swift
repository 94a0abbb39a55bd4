internal import CLinux
internal import Glibc
package import MonitorCore
internal import MonitorIO
internal import Synchronization

/// A way of starting a program so that it outlives this daemon.
///
/// Two kinds: a session of its own (``SessionLauncher``), and a systemd unit of its own where systemd runs.
package protocol ProcessLauncher: Sendable {
    /// Starts a program for a process and returns when it is known to run, or that it doesn't.
    ///
    /// Returning ``RestartResult/restarted(_:_:)`` means that the program was executed, and was either still running a moment later or had ended with 0:
    /// what turns itself into a daemon does that. Ending at once in any other way is ``RestartResult/failed(_:)``, with the exit code and what it
    /// wrote last, where that can be read. Cancelled, it stops waiting and returns ``RestartResult/interrupted(_:)``, leaving alive what it started.
    /// Whether the process is well is for a ``HealthCheck`` to say.
    ///
    /// The program gets `/dev/null` for its standard streams, but for the output that `launch` names a file for, no other descriptor, and exactly the
    /// environment, directory, user, groups and attributes of `launch`.
    ///
    /// - Parameter name: the process it is started for, used for messages and the name of a unit.
    func start(_ launch: LaunchSpec, for name: ProcessName) async -> RestartResult
}

/// Starts programs in a session of their own: for hosts without systemd.
///
/// What it starts shares nothing with the daemon that could take it along when the daemon ends, however that ends: no
/// session, no terminal, no pipe. While the daemon lives it reaps it. A control group it does share: a service manager
/// that kills whole groups takes both, so where there is one its own way of starting is to be used.
package struct SessionLauncher: ProcessLauncher {
    private let clock: any Clock<Duration>
    private let settling: Duration

    /// - Parameter settling: how long a program is watched for an early end.
    package init(clock: any Clock<Duration> = ContinuousClock(), settling: Duration = .milliseconds(500)) {
        self.clock = clock
        self.settling = settling
    }

    package func start(_ launch: LaunchSpec, for name: ProcessName) async -> RestartResult {
        if let reason = launch.credentials?.denial { return .failed("cannot start \(name): \(reason)") }
        let output = OutputFile(launch.attributes)
        let child: Child
        switch await BlockingWork.run({ Result { () throws(LaunchFailure) in try Child(starting: launch) } }) {
        case .success(let started): child = started
        case .failure(let failure): return .failed("cannot start \(name): \(failure.reason)")
        }
        let (ends, report) = AsyncStream.makeStream(of: CommandResult.Ending.self)
        // Not a part of this call: it lives as long as the program, whose end it waits for to reap it.
        Task { report.yield(await child.waitForEnd(output)) }
        switch await clock.wait(atMost: settling, for: { await ends.first { _ in true } }) {
        case .finished(.exited(0)?): return .restarted("\(name) started")
        case .finished(let ending?):
            let line = await BlockingWork.run { output?.lastLine() }
            return .failed("cannot start \(name): it \(ending) at once" + (line.map { ": \($0)" } ?? ""))
        case .cancelled: return .interrupted("interrupted after \(name) was started, pid \(child.identity)")
        case .finished(nil), .timeOver:
            return .restarted("\(name) started, pid \(child.identity)", Started(child.identity.identity))
        }
    }
}

/// A program that was started by this process.
private struct Child: Sendable {
    let identity: ProcessIdentity

    /// How long the system may take to execute a program, which may lie on a network.
    private static let limit: Duration = .seconds(10)

    /// Starts a program; returns when it was executed. Blocks.
    init(starting launch: LaunchSpec) throws(LaunchFailure) {
        let null = try Self.openNull()
        var (step, code): (CInt, CInt) = (0, 0)
        let environment = (launch.environment ?? CommandEnvironment.clean(for: nil, account: nil)).filter(
            CommandEnvironment.isVariable)
        let pid = Self.withStrings([launch.executable, launch.workingDirectory ?? "/"].map { Array($0.utf8) }) {
            paths in
            Self.withStrings(launch.arguments) { arguments in
                Self.withStrings(environment) { environment in
                    Self.start(launch, paths, arguments, environment, null.rawValue, &step, &code)
                }
            }
        }
        guard pid > 0 else { throw LaunchFailure(step: step, code: code) }
        // Until it is reaped the pid is its own, and there is this file.
        identity = ProcFile(pid: pid).stat()?.identity ?? ProcessIdentity(pid: pid, startTime: 0)
    }

    private static func openNull() throws(LaunchFailure) -> OwnedDescriptor {
        do throws(SystemError) {
            let opened = try OwnedDescriptor(opening: "/dev/null", O_RDWR)
            // Not one of the three that it is to be put in place of.
            return try OwnedDescriptor(fcntl(opened.rawValue, F_DUPFD_CLOEXEC, 3), from: "fcntl")
        } catch {
            throw LaunchFailure(reason: error.reason)
        }
    }

    private typealias Strings = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    private static func start(
        _ launch: LaunchSpec, _ paths: Strings, _ arguments: Strings, _ environment: Strings, _ null: CInt,
        _ step: inout CInt, _ code: inout CInt
    ) -> pid_t {
        var call = monitor_launch()
        call.path = UnsafePointer(paths[0])
        call.directory = UnsafePointer(paths[1])
        call.arguments = UnsafePointer(arguments)
        call.environment = UnsafePointer(environment)
        call.null_descriptor = null
        let own = geteuid()
        if let credentials = launch.credentials, own == 0 {
            call.changes_user = 1
            (call.uid, call.gid) = (credentials.uid, credentials.gid)
            call.group_count = credentials.groups.count
        }
        let attributes = launch.attributes
        if let attributes {
            call.has_attributes = 1
            call.umask = attributes.umask
            call.nice = attributes.nice
            call.policy = attributes.schedulingPolicy
            call.priority = attributes.schedulingPriority
            call.io_priority = attributes.ioPriority
            call.out_of_memory_adjustment = attributes.outOfMemoryAdjustment
            call.no_new_privileges = attributes.hasNoNewPrivileges ? 1 : 0
            call.capability_bounds = attributes.capabilityBounds
        }
        let limits = (attributes?.limits ?? []).map {
            monitor_limit(resource: $0.resource, soft: $0.soft, hard: $0.hard)
        }
        let cpus = attributes?.cpus.map { $0 + [UInt8](repeating: 0, count: (8 - $0.count % 8) % 8) } ?? []
        let files = [attributes?.output, attributes?.errorOutput].map { $0.map { Array($0.utf8) } }
        return withStrings(files.map { $0 ?? [] }) { outputs in
            call.output = files[0] == nil ? nil : UnsafePointer(outputs[0])
            call.error_output = files[1] == nil ? nil : UnsafePointer(outputs[1])
            return (launch.credentials?.groups ?? []).withUnsafeBufferPointer { groups in
                limits.withUnsafeBufferPointer { limits in
                    cpus.withUnsafeBufferPointer { cpus in
                        call.groups = groups.baseAddress
                        call.limits = limits.baseAddress
                        call.limit_count = limits.count
                        call.cpus = cpus.isEmpty ? nil : cpus.baseAddress
                        call.cpu_bytes = cpus.count
                        return monitor_launch(&call, CInt(limit.wholeMilliseconds), &step, &code)
                    }
                }
            }
        }
    }

    /// C strings of the bytes, ended by nil.
    private static func withStrings<Result>(_ strings: [[UInt8]], _ body: (Strings) -> Result) -> Result {
        let pointers: [UnsafeMutablePointer<CChar>?] = strings.map { bytes in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
            for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
            copy[bytes.count] = 0
            return copy
        }
        defer { for pointer in pointers { pointer?.deallocate() } }
        var list = pointers + [nil]
        return list.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }

    /// Waits for the end, reaps it, and keeps what it came to.
    func waitForEnd(_ output: OutputFile?) async -> CommandResult.Ending {
        if let handle = try? PidFD(identity) {
            while !handle.hasEnded { await handle.waitForEnd() }
        }
        let pid = identity.pid
        return await BlockingWork.run {
            var status: CInt = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let ending: CommandResult.Ending =
                status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
            EndedPrograms.shared.add(identity, "\(ending)" + (output?.lastLine().map { ": \($0)" } ?? ""))
            return ending
        }
    }
}

/// How the programs ended that this process has started, the latest of them: asked for while a recovery wonders why.
final class EndedPrograms: Sendable {
    static let shared = EndedPrograms()

    private static let limit = 64
    private let ends = Mutex<[(identity: ProcessIdentity, end: String)]>([])

    /// - Parameter end: a phrase that follows the program's name: `exited with 3: port in use`.
    func add(_ identity: ProcessIdentity, _ end: String) {
        ends.withLock { ends in
            ends.append((identity, end))
            ends.removeFirst(max(0, ends.count - Self.limit))
        }
    }

    func end(of identity: ProcessIdentity) -> String? {
        ends.withLock { $0.last { $0.identity == identity }?.end }
    }
}

/// Why a program could not be started.
private struct LaunchFailure: Error {
    /// A phrase.
    let reason: String

    init(reason: String) { self.reason = reason }

    init(step: CInt, code: CInt) {
        let cause = SystemError("execve", code: code).reason
        reason =
            switch monitor_launch_step(rawValue: UInt32(step)) {
            case monitor_launch_time: "the system didn't execute it in time"
            case monitor_launch_execution where [ENOENT, EACCES, ENOTDIR].contains(code):
                "no such file, or not executable"
            case monitor_launch_directory: "its directory is not there, or not open to it"
            case monitor_launch_limits: "its resource limits can't be set again: \(cause)"
            case monitor_launch_priority: "its priority can't be set again: \(cause)"
            case monitor_launch_cpus: "the CPUs that it was bound to can't be set again: \(cause)"
            case monitor_launch_memory: "its oom_score_adj can't be set again: \(cause)"
            case monitor_launch_capabilities: "its capability bounds can't be set again: \(cause)"
            case monitor_launch_user: "its user can't be set: \(cause)"
            default: cause
            }
    }
}

/// The file that a program's output is appended to, and how long it was before the start.
private struct OutputFile: Sendable {
    private let path: String
    private let length: off_t

    /// nil where there is none.
    init?(_ attributes: LaunchSpec.Attributes?) {
        guard let path = attributes?.errorOutput ?? attributes?.output else { return nil }
        var status = stat()
        self.path = path
        length = stat(path, &status) == 0 ? status.st_size : 0
    }

    /// The last line written since; nil where there is none.
    func lastLine() -> String? {
        guard let file = try? OwnedDescriptor(opening: path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW),
            let status = try? file.status(),
            status.st_mode & S_IFMT == S_IFREG, status.st_size > length,
            lseek(file.rawValue, max(length, status.st_size - off_t(CommandOutput.capacity)), SEEK_SET) >= 0,
            let bytes = try? file.read(limit: CommandOutput.capacity)
        else { return nil }
        var output = CommandOutput()
        output.append(bytes[...])
        return output.lines.last
    }
}
