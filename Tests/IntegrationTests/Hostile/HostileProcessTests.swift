import Foundation
import TestSupport
import Testing

/// Processes of others that bear the names of monitored ones.
@Suite(.serialized, .enabled(if: geteuid() == 0, "only root can run something as another user"))
struct HostileProcessTests {
    /// A program of another user's, from a copy of `sleep`, under a name of its choice.
    private func impostor(_ site: Site, as name: String, argv0: String? = nil) throws -> Program {
        let copy = site.path(name)
        if !FileManager.default.fileExists(atPath: copy) {
            try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: copy)
        }
        chmod(site.directory, 0o755)
        let drop = ["--reuid=65534", "--regid=65534", "--clear-groups"]
        guard let argv0 else { return try Program("/usr/bin/setpriv", drop + [copy, "4711"]) }
        return try Program("/usr/bin/setpriv", drop + ["/bin/bash", "-c", "exec -a \"$0\" \(copy) 4711", argv0])
    }

    /// Serves one alarm, and gives the note.
    private func serve(_ canary: Canary, _ name: String) async throws -> String {
        try await canary.raise(name, id: 1)
        _ = try await canary.site.monitord("--once").wait()
        return try await canary.database.scalar("SELECT notes FROM STATUS_PROCESS WHERE process_id = 1") ?? ""
    }

    private func name() -> String { "imp\(UInt32.random(in: 10_000_000...99_999_999))" }

    @Test func `another user's process of the name is not started again as root`() async throws {
        let (canary, name) = (try await Canary(), name())
        try await canary.configure("[process.\(name)]\nuser = root\nmax_attempts = 1\nrestart_strategy = process")
        let impostor = try impostor(canary.site, as: name)
        try await eventually("it runs") { try canary.site.countProcesses(with: "\(name) 4711", pid: impostor.pid) == 1 }
        let note = try await serve(canary, name)
        #expect(note.contains("failed"), "\(note)")
        #expect(kill(impostor.pid, 0) == 0)
        HostileCase(through: "process of another user", input: "a program of the name, user = root").came(to: note)
    }

    @Test func `one that calls itself so is ended at most, and nothing of it runs with another's rights`() async throws
    {
        let (canary, name) = (try await Canary(), name())
        try await canary.configure(
            """
            [process.\(name)]
            restart_strategy = process
            start_command = id -u > \(canary.site.path("ran-as"))
            user = nobody
            working_directory = /
            health_check_command = true
            """)
        let file = canary.site.path("ran-as")
        try canary.site.write("", to: "ran-as", mode: 0o666)
        let impostor = try impostor(canary.site, as: "other-\(name)", argv0: name)
        try await eventually("it runs") { try canary.site.countProcesses(with: "\(name) 4711", pid: impostor.pid) == 1 }
        let note = try await serve(canary, name)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "65534\n", "\(note)")
        HostileCase(through: "/proc name", input: "argv[0] of a monitored process").came(to: note)
    }

    @Test(arguments: ["x) S 1 1 1 (", "a b\nc", "\u{1B}[31m", "((((", "%s%n", "1 (init) S 0"])
    func `a name in /proc that breaks its line confuses nobody`(comm: String) async throws {
        let (canary, name) = (try await Canary(), name())
        try await canary.configure(
            "[process.\(name)]\nrestart_strategy = process\nstart_command = true\nhealth_check_command = true")
        // The kernel shows the file's name, at most 15 bytes of it.
        let copy = canary.site.path(comm)
        try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: copy)
        let impostor = try Program(copy, ["4711"])
        try await eventually("it has the name") {
            (try? String(contentsOfFile: "/proc/\(impostor.pid)/comm", encoding: .utf8)) == String(comm.prefix(15))
                + "\n"
        }
        let note = try await serve(canary, name)
        #expect(note.contains("recovered"), "\(note)")
        #expect(kill(impostor.pid, 0) == 0)
        let log = try String(contentsOfFile: canary.site.log, encoding: .utf8)
        #expect(log.obeyedByTerminals == [])
        HostileCase(through: "/proc name", input: comm).came(to: "left alone; the process of the name served")
    }
}
