import Glibc
import MonitorIO
import TestSupport
import Testing

@testable import MonitorCore
@testable import MonitorLinux

/// A directory and names of a test's own; ends every process that bears such a name, and removes the directory.
///
/// The suites that use it are serialized: each test starts processes and looks through all there are, and with all of
/// them at once a small machine would keep none of the times.
final class Workshop: Sendable {
    /// Shorter than the 15 bytes that the kernel shows of a name, with room for a suffix.
    let token: String
    let directory: String

    init() {
        token = "w" + String(UInt32.random(in: 0x1000_0000...UInt32.max), radix: 16)
        directory = "/tmp/monitor-\(token)"
        precondition(mkdir(directory, 0o755) == 0)
    }

    deinit {
        for process in ProcessTable.read().processes.values where isOurs(process) {
            try? PidFD(process.identity).send(SIGKILL)
        }
        removeDirectory(directory)
    }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func name(_ suffix: String = "") -> ProcessName {
        guard let name = try? ProcessName(token + suffix) else { preconditionFailure("bad name") }
        return name
    }

    /// Writes a file, executable where it is a script.
    @discardableResult
    func write(_ text: String, to name: String) -> String {
        let path = path(name)
        guard let file = try? OwnedDescriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o755),
            (try? file.write(Array(text.utf8))) != nil
        else { preconditionFailure("cannot write \(path)") }
        return path
    }

    func read(_ name: String) -> String? {
        guard let file = try? OwnedDescriptor(opening: path(name), O_RDONLY),
            let bytes = try? file.read(limit: 1 << 20)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A copy of a program under another name.
    @discardableResult
    func copy(_ program: String, to name: String) -> String {
        let source = try? OwnedDescriptor(opening: program, O_RDONLY)
        guard let bytes = try? source?.read(limit: 64 << 20) else { preconditionFailure("cannot read \(program)") }
        let path = path(name)
        guard let file = try? OwnedDescriptor(opening: path, O_WRONLY | O_CREAT, mode: 0o755),
            (try? file.write(bytes)) != nil
        else { preconditionFailure("cannot write \(path)") }
        return path
    }

    /// The living processes that bear the token in their name or command line.
    func processes() -> [ProcStat] { ProcessTable.read().processes.values.filter { $0.isAlive && isOurs($0) } }

    /// Waits until `condition` holds, looking every 50 ms for at most half a minute: for what another process does,
    /// which tells nobody.
    func wait(until condition: () async -> Bool) async -> Bool {
        for _ in 0..<600 {
            if await condition() { return true }
            try? await Task.sleep(for: .milliseconds(50))
        }
        return await condition()
    }

    private func isOurs(_ process: ProcStat) -> Bool {
        guard process.identity.pid != getpid() else { return false }
        let name = Array(token.utf8)
        if process.comm.firstRange(of: name) != nil { return true }
        let arguments = process.isKernelThread ? nil : ProcFile(pid: process.identity.pid).arguments()
        return arguments?.contains { $0.firstRange(of: name) != nil } ?? false
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test visibly where it is not run by root, unless all are required to run.
    static var needsRoot: Self {
        .enabled(if: geteuid() == 0 || requiresAll, "only root can change users")
    }

    /// Skips a test visibly where there is no pgrep, unless all are required to run.
    static var needsProcps: Self {
        .enabled(if: access("/usr/bin/pgrep", X_OK) == 0 || requiresAll, "procps is not installed")
    }

    private static var requiresAll: Bool { getenv("MONITOR_REQUIRE_INTEGRATION") != nil }
}
