internal import Glibc
internal import Synchronization

/// A program that a test starts, and that ends with the test's process whatever happens to that.
///
/// It is started by `setpriv --pdeathsig KILL`, from a thread that lives as long as it does: the kernel sends that
/// signal when the *thread* goes that made the process (prctl(2), `PR_SET_PDEATHSIG`).
public final class KeptProcess: Sendable {
    public let pid: Int32
    private let exited: Exit

    /// Starts a program; what it prints goes to a file.
    ///
    /// - Parameter user: the user to become, by a process that runs as root; else nothing changes.
    public init(_ command: [String], user: String? = nil, output: String) async throws {
        let identity = user.map { getuid() == 0 ? ["--reuid", $0, "--regid", $0, "--init-groups"] : [] } ?? []
        let arguments = ["setpriv"] + identity + ["--pdeathsig", "KILL", "--"] + command
        let exited = Exit()
        pid = try await withCheckedThrowingContinuation { started in
            OwnThread.run {
                do {
                    let pid = try Self.spawn(arguments, output: output)
                    started.resume(returning: pid)
                    var status: Int32 = 0
                    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
                    exited.set(status)
                } catch {
                    started.resume(throwing: error)
                }
            }
        }
        self.exited = exited
    }

    /// Sends a signal, unless it has ended already.
    public func signal(_ number: Int32) {
        exited.ifRunning { _ = kill(pid, number) }
    }

    public var isRunning: Bool { exited.status == nil }

    /// Whether all of its threads are stopped (proc(5), the third field of `stat`).
    var isStopped: Bool {
        get throws {
            try TemporaryDirectory.entries(of: "/proc/\(pid)/task").allSatisfy { task in
                try TextFile.read("/proc/\(pid)/task/\(task)/stat").contains(") T ")
            }
        }
    }

    /// Waits for its end; the answer is what `waitpid` told.
    @discardableResult
    public func end() async -> Int32 { await exited.value() }

    private static func spawn(_ arguments: [String], output: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let number = posix_spawnp(&pid, arguments[0], &actions, nil, &words, environ)
        guard number == 0 else { throw SystemCallFailed("posix_spawnp \(arguments[0])", number) }
        return pid
    }
}

/// The end of a process, once it is known.
private final class Exit: Sendable {
    private struct State {
        var status: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    private let state = Mutex(State())

    func set(_ status: Int32) {
        let waiting = state.withLock { state in
            state.status = status
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: status) }
    }

    var status: Int32? { state.withLock(\.status) }

    func value() async -> Int32 {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                if state.status == nil { state.waiting.append(continuation) }
                return state.status
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// Under the lock: a process that has not been waited for keeps its pid.
    func ifRunning(_ body: () -> Void) {
        state.withLock { if $0.status == nil { body() } }
    }
}
