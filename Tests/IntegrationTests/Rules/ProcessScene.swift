import Foundation
import Testing

/// The built daemon on SQLite, and programs of a test's own, each under a name that no other process has.
final class ProcessScene: Sendable {
    let site = try! Site()
    let token = "e" + String(UInt32.random(in: 0x1000_0000...UInt32.max), radix: 36)
    var directory: String { site.directory }

    /// DIR and TOKEN stand for what is this scene's own.
    func filled(_ text: String) -> String { text.replacing("DIR", with: directory).replacing("TOKEN", with: token) }

    /// A program of that name which only sleeps; its path.
    @discardableResult
    func program(_ name: String) throws -> String {
        let path = site.path(name)
        if !FileManager.default.fileExists(atPath: path) {
            try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: path)
        }
        return path
    }

    func script(_ name: String, _ text: String) throws { try site.write(filled(text), to: name, mode: 0o755) }

    /// Configures, makes the tables with these processes, and starts the daemon.
    ///
    /// A test raises several alarms in a row, none of which is to be put off.
    func begin(_ names: [String], _ sections: String = "") async throws -> Program {
        let monitor = "relapse_window = 0\nmax_restart_failures = 100\nretry_delay = 1"
        let defaults = "[process.default]\nmax_attempts = 1\n"
        try site.configure(monitor: monitor, defaults + filled(sections))
        let made = try await site.ctl("init")
        guard made.status == 0 else { throw Failure(made.error) }
        for name in names { try await site.ctl("process", "add", name) }
        let daemon = try site.monitord()
        try await eventually("it polls", in: daemon) { daemon.log.contains("store.opened") }
        return daemon
    }

    /// Raises an alarm and waits for what becomes of it; the tool's exit status is 0 where the process was recovered.
    @discardableResult
    func alarm(_ name: String) async throws -> Program.Result {
        try await site.ctl("alarm", "set", name, "--wait", "--timeout", "90s")
    }

    func note(_ name: String) throws -> String {
        let rows = try site.sql(
            "SELECT notes FROM STATUS_PROCESS JOIN PROCESE USING (process_id) WHERE process_name = ?", name)
        return rows.first?.first.flatMap(\.self) ?? ""
    }

    /// Why the last recovery of the process ended as it did, whole.
    func detail(_ name: String) throws -> String {
        let rows = try site.sql(
            "SELECT detail FROM MONITOR_EVENT WHERE process_name = ? "
                + "AND kind IN ('recovered', 'failed', 'refused') ORDER BY id DESC LIMIT 1", name)
        return rows.first?.first.flatMap(\.self) ?? ""
    }

    /// Runs a command in a session of its own, which nothing looks after.
    func start(_ command: String) async throws {
        let run = try await Program.run(
            "/bin/sh", ["-c", "setsid \(filled(command)) >/dev/null 2>&1 </dev/null & exit 0"])
        guard run.status == 0 else { throw Failure(run.error) }
    }

    /// The living processes that hold the file `alive` of this scene open: those that say so themselves, by whatever name.
    func copies() -> [Int32] { pids { pid in self.files(of: pid).contains(self.site.path("alive")) } }

    /// The living processes whose program is the scene's one of that name.
    func pids(of name: String) -> [Int32] {
        let path = site.path(name)
        return pids { pid in Self.link("/proc/\(pid)/exe").map { $0 == path || $0 == path + " (deleted)" } ?? false }
    }

    /// The living processes with a text in their command line.
    func pids(with text: String) -> [Int32] {
        pids { pid in Self.text("/proc/\(pid)/cmdline").replacing("\0", with: " ").contains(text) }
    }

    private func pids(where matches: (Int32) -> Bool) -> [Int32] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap(Int32.init).filter { pid in
            matches(pid) && !Self.text("/proc/\(pid)/stat").contains(") Z ")
        }.sorted()
    }

    private func files(of pid: Int32) -> [String] {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
        return numbers.compactMap { Self.link("/proc/\(pid)/fd/\($0)") }
    }

    /// A line of its `/proc/PID/status`.
    static func status(_ key: String, of pid: Int32) -> String? {
        text("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix(key + ":") }
            .map { $0.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces) }
    }

    static func parent(of pid: Int32) -> Int32? { status("PPid", of: pid).flatMap(Int32.init) }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    private static func link(_ path: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    }

    /// Whatever came of the test, nothing stays: the loops first, or they would go on.
    func end(_ daemon: Program? = nil) {
        daemon?.signal(SIGKILL)
        for _ in 0..<3 {
            let left = pids { pid in
                pid != getpid()
                    && (Self.text("/proc/\(pid)/cmdline").contains(directory)
                        || Self.text("/proc/\(pid)/cmdline").contains(token)
                        || Self.link("/proc/\(pid)/exe")?.hasPrefix(directory) == true
                        || files(of: pid).contains { $0.hasPrefix(directory) })
            }
            for pid in left { kill(pid, SIGKILL) }
            if left.isEmpty { return }
            usleep(50_000)
        }
    }
}
