import Foundation
import Synchronization

/// One of the product's own programs, run as a user runs it.
///
/// Its output goes to files: nothing has to be read while it runs, and nothing it says at its end is lost. (It is not
/// Foundation's `Process`, which reads past the end of a directory's entries now and then, and crashes the tests.)
final class Program: Sendable {
    /// What a finished program said, and how it ended.
    struct Result: Sendable {
        /// The exit status; of one that a signal ended, the signal's number, negative.
        var status: Int32
        var output: String
        var error: String
    }

    let pid: Int32
    private let outputFile: String
    private let errorFile: String
    private let end = End()

    /// How the program ended, once it has, and whoever waits for that.
    private final class End: Sendable {
        let status = Mutex<Int32?>(nil)
        let isKnown = DispatchSemaphore(value: 0)
    }

    /// Where the programs are: beside the tests.
    static let directory = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    /// Starts a program: `monitord`, `monitorctl`, or an absolute path.
    init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let path = name.hasPrefix("/") ? name : Self.directory.appendingPathComponent(name).path
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        let stem = NSTemporaryDirectory() + "monitor-program-\(UUID().uuidString)"
        (outputFile, errorFile) = (stem + ".out", stem + ".err")
        pid = try Self.spawn(path, [path] + arguments, variables, output: outputFile, error: errorFile)
        Thread.detachNewThread { [pid, end] in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            end.status.withLock { $0 = signal == 0 ? status >> 8 & 0xFF : -signal }
            end.isKnown.signal()
        }
    }

    /// A test that fails before it ended its program leaves none behind, and no file either.
    deinit {
        signal(SIGKILL)
        for file in [outputFile, errorFile] { try? FileManager.default.removeItem(atPath: file) }
    }

    /// Starts it with nothing of the tests' but what is given: no descriptors, no blocked or ignored signals.
    private static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String], output: String, error: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = Self.addCloseFrom(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let argv = arguments.map { strdup($0) } + [nil]
        let envp = environment.map { strdup($0) } + [nil]
        defer { for string in argv + envp { free(string) } }
        var pid: pid_t = 0
        let problem = posix_spawn(&pid, path, &actions, &attributes, argv, envp)
        guard problem == 0 else { throw Failure("cannot start \(path): \(String(cString: strerror(problem)))") }
        return pid
    }

    /// Looked up by name: the header hides it from Swift.
    private static let addCloseFrom = unsafeBitCast(
        dlsym(nil, "posix_spawn_file_actions_addclosefrom_np"),
        to: (@convention(c) (UnsafeMutableRawPointer, CInt) -> CInt).self)

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    /// What it has written to standard error so far.
    var log: String { Self.text(errorFile) }

    /// Sends a signal; does nothing when it has ended.
    func signal(_ number: Int32) {
        end.status.withLock { status in
            if status == nil { kill(pid, number) }
        }
    }

    /// Waits for the end; kills it, and says so, when that takes too long.
    func wait(_ seconds: Double = 60) async throws -> Result {
        let inTime = await withCheckedContinuation { [end] continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: end.isKnown.wait(timeout: .now() + seconds) == .success)
            }
        }
        guard inTime, let status = end.status.withLock({ $0 }) else {
            signal(SIGKILL)
            throw Failure("process \(pid) did not end within \(seconds) s; it said: \(log)")
        }
        // For whoever waits once more.
        end.isKnown.signal()
        return Result(status: status, output: Self.text(outputFile), error: log)
    }

    /// Runs a program to its end.
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], limit: Double = 60
    ) async throws -> Result {
        try await Program(name, arguments, environment: environment).wait(limit)
    }
}

/// Why a test can't go on.
struct Failure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Waits until something real has happened: the one place where an integration test sleeps.
func eventually(
    _ what: String, within seconds: Double = 30, in program: Program? = nil, _ isTrue: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    var pause = Duration.milliseconds(20)
    while try await !isTrue() {
        guard ContinuousClock.now < end else {
            throw Failure("it did not happen within \(seconds) s: \(what)\n\(program?.log ?? "")")
        }
        try await Task.sleep(for: pause)
        // A look costs as well, and the machine has other things to do.
        pause = min(pause * 1.2, .milliseconds(100))
    }
}
