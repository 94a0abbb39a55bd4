internal import Glibc
internal import MonitorCore
internal import MonitorStore
internal import Subprocess
internal import SystemPackage
internal import Testing

@testable import monitorctl

/// The built `monitorctl` on an embedded store of its own, in a directory that ends with the test.
struct Tool: Sendable {
    let directory: String

    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var error: String
    }

    /// The program beside the test's own: both are built into one directory.
    static var path: String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/monitorctl"
    }

    /// Who runs it: what stands in notes and holds.
    static let user = Operator.name(environment: monitorctl.Environment.variables)

    var configurationFile: String { directory + "/config.ini" }

    /// Runs it with this store.
    func callAsFunction(
        _ arguments: String..., input: String = "", environment: [String: String] = [:]
    ) async throws -> Outcome {
        // A socket of its own: a daemon of this machine is none of a test's business.
        let environment = environment.merging(["RUNTIME_DIRECTORY": directory]) { own, _ in own }
        return try await Self.run(
            ["--config", configurationFile] + arguments, input: input, environment: environment)
    }

    /// Runs it with nothing but these arguments.
    static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:], program: String = path
    ) async throws -> Outcome {
        var variables = Subprocess.Environment.inherit.updating(["TZ": "UTC"])
        for (name, value) in environment { variables = variables.updating([.init(stringLiteral: name): value]) }
        let result = try await Subprocess.run(
            .path(.init(program)), arguments: Arguments(arguments), environment: variables,
            input: .string(input), output: .string(limit: 4 << 20), error: .string(limit: 1 << 20))
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): 128 + signal
            }
        return Outcome(status: status, output: result.standardOutput, error: result.standardError)
    }

    /// The same store, for a test that plays the daemon.
    func store(host: String = "web1") -> any AlarmStore & ControlStore {
        makeStore(
            DatabaseSettings(), host: host, path: directory + "/monitor.db", password: nil,
            historyRetention: .seconds(86_400))
    }

    /// Gives a test a tool whose tables hold these processes.
    static func with(
        _ names: [String] = ["httpd", "mysqld"], configuration: String = "",
        _ body: (Tool) async throws -> Void
    ) async throws {
        var template = Array("/tmp/monitorctl-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno() }
        let tool = Tool(directory: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        defer { tool.remove() }
        try tool.write(
            """
            [database]
            backend = sqlite
            path = \(tool.directory)/monitor.db
            [monitor]
            host = web1
            \(configuration)
            """, to: tool.configurationFile)
        if !names.isEmpty {
            let store = tool.store()
            _ = try await store.initialize(addsIndex: true)
            for name in names { _ = try await store.addProcess(try ProcessName(name), id: nil) }
            await store.close()
        }
        try await body(tool)
    }

    func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Errno() }
        defer { close(descriptor) }
        var text = text
        let written = text.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard written == text.utf8.count else { throw Errno() }
    }

    /// Removes the directory; there are only files in it.
    private func remove() {
        guard let listing = opendir(directory) else { return }
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            unlink("\(directory)/\(name)")
        }
        closedir(listing)
        rmdir(directory)
    }

    /// What the system said to the last call.
    struct Errno: Error, CustomStringConvertible {
        let description = String(cString: strerror(errno))
    }
}

extension Tool {
    /// Runs it on a terminal, and waits for its end.
    static func run(_ arguments: [String], on terminal: PseudoTerminal) async throws -> TerminationStatus {
        try await Subprocess.run(
            .path(FilePath(path)), arguments: Arguments(arguments),
            input: .fileDescriptor(terminal.device, closeAfterSpawningProcess: false),
            output: .fileDescriptor(terminal.device, closeAfterSpawningProcess: false), error: .discarded
        ).terminationStatus
    }

    /// What a script for bash writes to standard output and standard error.
    static func bash(_ script: String) async throws -> String {
        try await Subprocess.run(
            .name("bash"), arguments: ["--norc", "-c", script], output: .string(limit: 1 << 20),
            error: .combinedWithOutput
        ).standardOutput
    }
}
