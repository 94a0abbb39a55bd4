internal import Subprocess
internal import SystemPackage

/// A program run by a test, to its end.
public struct TestCommand: Sendable {
    /// Its exit status; that of a shell, 128 and the signal, where a signal ended it.
    public var status: Int32
    /// stdout and stderr together.
    public var output: String

    /// Runs a program; a name is looked up in `PATH`.
    ///
    /// - Parameter environment: added to the test's own.
    @discardableResult
    public static func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> TestCommand {
        var variables = Environment.inherit
        for (name, value) in environment {
            variables = variables.updating([Environment.Key(stringLiteral: name): value])
        }
        let run = try await Subprocess.run(
            program.contains("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(arguments),
            environment: variables, output: .string(limit: 4 << 20), error: .combinedWithOutput)
        let status: Int32 =
            switch run.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): 128 + signal
            }
        return TestCommand(status: status, output: run.standardOutput)
    }
}
