import Foundation
import TestSupport
import Testing

/// Who may see the memory and the environment of the programs, in which the database's password is.
@Suite(.serialized) struct SecretMemoryTests {
    /// Where a core file would be seen: the kernel puts it into the directory of the process that crashed.
    private static let seesCores: Bool = {
        let pattern = (try? String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)) ?? "|"
        return !pattern.hasPrefix("|") && !pattern.hasPrefix("/")
    }()

    @Test(.enabled(if: seesCores, "core files go elsewhere on this machine"), arguments: [SIGILL, SIGSEGV])
    func `a crash leaves no core file, and neither does one of the tool`(signal: Int32) async throws {
        let site = try Site()
        // Its alarm is for another host to serve, so that the tool waits.
        try site.configure(monitor: "deny = waited-for")
        func cores() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: site.directory).filter { $0.contains("core") }
        }
        /// Starts a program in the site's directory, with core files of any size.
        func start(_ program: String, _ arguments: [String]) throws -> Program {
            try Program(
                "/bin/bash",
                ["-c", "ulimit -c unlimited; cd \"$0\"; exec \"$@\"", site.directory, program] + arguments,
                // Swift's own backtracer takes a signal that somebody sent for handled, and goes on.
                environment: site.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 })
        }
        // This shows that it would be seen.
        let control = try start("/bin/sleep", ["4711"])
        try await eventually("the shell has become it") {
            try String(contentsOfFile: "/proc/\(control.pid)/comm", encoding: .utf8) == "sleep\n"
        }
        control.signal(signal)
        #expect(try await control.wait().status == -signal)
        #expect(try cores().count == 1, "a program that may be dumped is")
        for core in try cores() { try FileManager.default.removeItem(atPath: site.path(core)) }

        let programs = Program.directory
        let daemon = try start(programs.appendingPathComponent("monitord").path, ["--config", site.configuration])
        try await eventually("it runs", in: daemon) { daemon.log.contains("store.opened") }
        try await site.ctl("process", "add", "waited-for")
        let tool = try start(
            programs.appendingPathComponent("monitorctl").path,
            ["--config", site.configuration, "alarm", "set", "waited-for", "--wait"])
        try await eventually("it waits", in: tool) { try site.alarms() == ["1"] }
        for program in [tool, daemon] {
            program.signal(signal)
            #expect(try await program.wait().status == -signal)
            #expect(try cores() == [])
        }
        HostileCase(through: "core file", input: "signal \(signal)", attempts: 2).came(
            to: "none; a plain program left one")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can be another user"))
    func `another program of the daemon's own user sees neither its memory nor its environment`() async throws {
        let password = "s3cret-c4nary"
        let site = try Site()
        try site.configure()
        for path in [site.directory, site.configuration] { chown(path, 65534, 65534) }
        let daemon = try Program(
            "/usr/bin/setpriv",
            [
                "--reuid=65534", "--regid=65534", "--clear-groups",
                Program.directory.appendingPathComponent("monitord").path,
                "--config", site.configuration,
            ], environment: site.environment.merging(["MONITOR_DATABASE_PASSWORD": password]) { $1 })
        try await eventually("it runs", in: daemon) { daemon.log.contains("store.opened") }
        let control = try Program(
            "/usr/bin/setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "sleep", "4711"])
        try await eventually("the other runs") { try site.countProcesses(with: "sleep 4711", pid: control.pid) == 1 }
        await #expect(processExitsWith: .success) { [pid = daemon.pid as Int32, other = control.pid as Int32] in
            try #require(setgid(65534) == 0 && setuid(65534) == 0)
            for file in ["environ", "mem", "fd", "maps"] {
                #expect(open("/proc/\(pid)/\(file)", O_RDONLY) == -1 && errno == EACCES, "\(file)")
                #expect(open("/proc/\(other)/\(file)", O_RDONLY) >= 0, "\(file) of a plain program can be read")
            }
        }
        daemon.signal(SIGTERM)
        #expect(try await daemon.wait().status == 0)
        control.signal(SIGKILL)
        HostileCase(through: "/proc/PID", input: "environ, mem, fd, maps, by the daemon's own user", attempts: 4)
            .came(to: "EACCES")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can run something as another user"))
    func `what the daemon starts is as open to its own user as ever`() async throws {
        let site = try Site()
        let worker = try site.makeWorker()
        chmod(site.directory, 0o1777)
        try site.configure(site.section("open-worker", worker: worker, "user = nobody"))
        try await site.ctl("init")
        try site.raise(["open-worker"])
        let result = try await site.monitord("--once").wait()
        #expect(result.status == 0, "\(result.error)")
        let pid = try #require(site.pid(of: "open-worker"))
        // The kernel gives the files of what may be dumped to its user, and those of all else to root.
        let owner = try FileManager.default.attributesOfItem(atPath: "/proc/\(pid)/environ")[.ownerAccountID]
        #expect(owner as? Int == 65534)
    }
}
