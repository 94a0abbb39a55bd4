import Foundation
import TestSupport

/// Many real processes, each of a name of its own, which do nothing but run.
final class Fleet: Sendable {
    /// In the order of their ids, which begin with 1.
    let names: [String]
    private let directory: String
    private let lifetime: Int

    /// - Parameter lifetime: after how many seconds they end by themselves, should a test leave them.
    init(_ count: Int, in site: Site, lifetime: Int) throws {
        // pgrep and monitord see the processes of the whole host, those of another such test too.
        let tag = String(UInt16.random(in: 4096 ... .max), radix: 16)
        names = (0..<count).map { "s\(tag)-\(1000 + $0)" }
        directory = site.path("bin")
        self.lifetime = lifetime
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        for name in names {
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/\(name)", withDestinationPath: "/bin/sleep")
        }
    }

    deinit {
        for pid in ((try? pids()) ?? [:]).values.joined() { Glibc.kill(pid, SIGKILL) }
    }

    /// The command that becomes the process; `%s` is its name.
    var command: String { "exec \(directory)/%s \(lifetime)" }

    /// Starts all of them, each once.
    func start() async throws {
        let each = "setsid \(directory)/$name \(lifetime) </dev/null >/dev/null 2>&1 &"
        let result = try await TestCommand.run(
            "/bin/sh", ["-c", "for name in \(names.joined(separator: " ")); do \(each) done"])
        guard result.status == 0 else { throw Failure("cannot start the processes: \(result.output)") }
    }

    /// The pids that run under each name; one that is dead and not yet reaped has no command line.
    func pids() throws -> [String: [Int32]] {
        var pids: [String: [Int32]] = [:]
        for entry in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let pid = Int32(entry), let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else {
                continue
            }
            let program = String(decoding: line.prefix { $0 != 0 }, as: UTF8.self)
            guard program.hasPrefix(directory + "/") else { continue }
            pids[String(program.dropFirst(directory.count + 1)), default: []].append(pid)
        }
        return pids
    }

    /// The names under which two processes run at the same time.
    func duplicates() throws -> [String] {
        let suspects = try pids().filter { $0.value.count > 1 }
        guard !suspects.isEmpty else { return [] }
        // One look is not one moment: what it saw first may have ended before it saw the other.
        let now = try pids()
        return suspects.filter { name, pids in Set(now[name] ?? []).intersection(pids).count > 1 }.map(\.key)
    }

    /// What a crash would do to it; false where it doesn't run.
    func kill(_ name: String) throws -> Bool {
        guard let pid = try pids()[name]?.first else { return false }
        return Glibc.kill(pid, SIGKILL) == 0
    }
}
