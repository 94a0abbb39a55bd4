import Foundation

/// A directory of a test's own, with a configuration in it and real processes to be monitored.
final class Site: Sendable {
    let directory: String
    var configuration: String { path("config.ini") }
    var log: String { path("monitor.log") }

    init() throws {
        directory = NSTemporaryDirectory() + "monitor-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    /// Ends what the workers left, by pid, and removes everything.
    deinit {
        for file in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] where file.hasSuffix(".pid")
        {
            guard let pid = pid(of: String(file.dropLast(4))) else { continue }
            kill(pid, SIGKILL)
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    func path(_ name: String) -> String { directory + "/" + name }

    /// Writes a configuration that keeps everything in this directory; `sections` is added to it.
    func configure(database: String = "backend = sqlite", monitor: String = "", _ sections: String = "") throws {
        let text = """
            [database]
            \(database)
            \(database.contains("sqlite") ? "path = \(path("monitor.db"))" : "")
            [monitor]
            \(monitor.contains("check_interval") ? "" : "check_interval = 1")
            \(monitor)
            [logging]
            file = \(log)
            journal = off
            \(sections)
            """
        try write(text, to: "config.ini", mode: 0o600)
    }

    func write(_ text: String, to name: String, mode: Int = 0o644) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
    }

    /// The environment that keeps sockets and state of this test's programs apart from those of others.
    var environment: [String: String] {
        ["STATE_DIRECTORY": path("state"), "RUNTIME_DIRECTORY": path("run")]
    }

    func monitord(_ arguments: String...) throws -> Program {
        try Program("monitord", ["--config", configuration] + arguments, environment: environment)
    }

    @discardableResult
    func ctl(_ arguments: String...) async throws -> Program.Result { try await ctl(arguments) }

    @discardableResult
    func ctl(_ arguments: [String]) async throws -> Program.Result {
        try await Program.run("monitorctl", ["--config", configuration] + arguments, environment: environment)
    }

    /// A program that writes its pid to NAME.pid, and works until it is ended.
    func makeWorker() throws -> String {
        try write(
            """
            #!/bin/sh
            echo $$ > "\(directory)/$1.tmp" && mv "\(directory)/$1.tmp" "\(directory)/$1.pid"
            while :; do sleep 1; done
            """, to: "worker", mode: 0o755)
        return path("worker")
    }

    /// The section of a process that the worker serves; `check` is run instead of the plain look at the process.
    func section(_ name: String, worker: String, check: String? = nil, _ more: String = "") -> String {
        """
        [process.\(name)]
        restart_strategy = process
        start_command = exec \(worker) %s
        pid_file = \(path(name)).pid
        health_check_command = \(check ?? isAlive(name))
        \(more)

        """
    }

    /// A command that succeeds while the worker lives; a dead one that nobody has reaped yet does not.
    func isAlive(_ name: String) -> String {
        "grep -q '^State:.[RSDI]' /proc/$(cat \(path(name)).pid)/status"
    }

    /// The pid in a worker's file, if that process runs.
    func pid(of name: String) -> Int32? {
        guard let text = try? String(contentsOfFile: path(name + ".pid"), encoding: .utf8),
            let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)), kill(pid, 0) == 0
        else { return nil }
        return pid
    }

    /// How many processes run with this text in their command line; one that is dead and not yet reaped has none.
    func countProcesses(with text: String, pid: Int32? = nil) throws -> Int {
        let pids = try pid.map { ["\($0)"] } ?? FileManager.default.contentsOfDirectory(atPath: "/proc")
        return pids.filter { Int32($0) != nil }.filter { pid in
            guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return false }
            let line = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\0", with: " ")
            return line.contains(text)
        }.count
    }
}
