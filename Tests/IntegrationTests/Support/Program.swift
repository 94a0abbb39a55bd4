import Foundation

/// One of the product's own programs, run as a user runs it.
///
/// Its output goes to files: nothing has to be read while it runs, and nothing it says at its end is lost.
final class Program: Sendable {
    /// What a finished program said, and how it ended.
    struct Result: Sendable {
        var status: Int32
        var output: String
        var error: String
    }

    let pid: Int32
    private let process: Process
    private let ended = DispatchSemaphore(value: 0)
    private let outputFile: String
    private let errorFile: String

    /// Where the programs are: beside the tests.
    static let directory = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    /// Starts a program: `monitord`, `monitorctl`, or an absolute path.
    init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let process = Process()
        process.executableURL =
            name.hasPrefix("/") ? URL(fileURLWithPath: name) : Self.directory.appendingPathComponent(name)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let stem = NSTemporaryDirectory() + "monitor-program-\(UUID().uuidString)"
        (outputFile, errorFile) = (stem + ".out", stem + ".err")
        process.standardOutput = try Self.file(outputFile)
        process.standardError = try Self.file(errorFile)
        self.process = process
        let ended = ended
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        pid = process.processIdentifier
    }

    /// A test that fails before it ended its program leaves none behind, and no file either.
    deinit {
        if process.isRunning { kill(pid, SIGKILL) }
        for file in [outputFile, errorFile] { try? FileManager.default.removeItem(atPath: file) }
    }

    private static func file(_ path: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw Failure("cannot create \(path)") }
        return handle
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    /// What it has written to standard error so far.
    var log: String { Self.text(errorFile) }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Waits for the end; kills it, and says so, when that takes too long.
    func wait(_ seconds: Double = 60) async throws -> Result {
        let ended = ended
        let inTime = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: ended.wait(timeout: .now() + seconds) == .success)
            }
        }
        guard inTime else {
            kill(pid, SIGKILL)
            throw Failure("process \(pid) did not end within \(seconds) s; it said: \(log)")
        }
        return Result(
            status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: Self.text(outputFile), error: log)
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
