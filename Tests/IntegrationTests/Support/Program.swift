import Foundation
import Synchronization

/// One of the product's own programs, run as a user runs it.
final class Program: Sendable {
    /// What a finished program said, and how it ended.
    struct Result: Sendable {
        var status: Int32
        var output: String
        var error: String
    }

    let pid: Int32
    private let process: Process
    private let output = Mutex(Data())
    private let error = Mutex(Data())
    private let ended = DispatchSemaphore(value: 0)

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
        let (outputPipe, errorPipe) = (Pipe(), Pipe())
        process.standardOutput = outputPipe
        process.standardError = errorPipe
        self.process = process
        let ended = ended
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        pid = process.processIdentifier
        outputPipe.fileHandleForReading.readabilityHandler = { [weak self] in self?.take(from: $0, isError: false) }
        errorPipe.fileHandleForReading.readabilityHandler = { [weak self] in self?.take(from: $0, isError: true) }
    }

    /// A test that fails before it ended its program leaves none behind.
    deinit { if process.isRunning { kill(pid, SIGKILL) } }

    private func take(from handle: FileHandle, isError: Bool) {
        let data = handle.availableData
        if data.isEmpty { handle.readabilityHandler = nil }
        if isError { error.withLock { $0 += data } } else { output.withLock { $0 += data } }
    }

    /// What it has written to standard error so far.
    var log: String { error.withLock { String(decoding: $0, as: UTF8.self) } }

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
        process.waitUntilExit()
        try await eventually("its output is read") { self.process.isRunning == false }
        // The last output may still be in the pipes.
        for pipe in [process.standardOutput, process.standardError] {
            let handle = (pipe as? Pipe)?.fileHandleForReading
            handle?.readabilityHandler = nil
            let rest = (try? handle?.readToEnd()).flatMap { $0 } ?? Data()
            if handle === (process.standardError as? Pipe)?.fileHandleForReading {
                error.withLock { $0 += rest }
            } else {
                output.withLock { $0 += rest }
            }
        }
        return Result(
            status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: output.withLock { String(decoding: $0, as: UTF8.self) }, error: log)
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
    while try await !isTrue() {
        guard ContinuousClock.now < end else {
            throw Failure("it did not happen within \(seconds) s: \(what)\n\(program?.log ?? "")")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
