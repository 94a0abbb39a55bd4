import Foundation
import TestSupport
import Testing

/// Pid files by which somebody would have the daemon, which is root, end the process of another.
@Suite(.serialized) struct HostilePidFileTests {
    /// A pid file that must not be believed: how it is made, of a victim's pid, at a path.
    struct Attack: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var needsRoot = false
        var make: @Sendable (_ victim: Int32, _ daemon: Int32, _ path: String) throws -> Void

        init(_ name: String, needsRoot: Bool = false, _ make: @escaping @Sendable (Int32, Int32, String) throws -> Void)
        {
            (testDescription, self.needsRoot, self.make) = (name, needsRoot, make)
        }

        /// A file that holds a text, in which `VICTIM` stands for the pid.
        static func text(_ name: String, _ text: String, mode: mode_t = 0o644) -> Attack {
            Attack(name) { victim, _, path in
                try write(text.replacingOccurrences(of: "VICTIM", with: "\(victim)"), to: path, mode: mode)
            }
        }

        static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            chmod(path, mode)
        }
    }

    private static let nobody: uid_t = 65534

    static let attacks: [Attack] = [
        Attack("a symbolic link to a good one") { victim, _, path in
            try Attack.write("\(victim)\n", to: path + ".real")
            symlink(path + ".real", path)
        },
        Attack("a symbolic link to nowhere") { _, _, path in symlink("/nonexistent/pid", path) },
        Attack("a FIFO") { _, _, path in mkfifo(path, 0o600) },
        Attack("a directory") { _, _, path in mkdir(path, 0o755) },
        Attack("a link to a device") { _, _, path in symlink("/dev/zero", path) },
        Attack("a device", needsRoot: true) { _, _, path in mknod(path, S_IFCHR | 0o644, 0x105) },
        Attack("a socket") { _, _, path in
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            try UnixAddress.with(path) { _ = bind(descriptor, $0, $1) }
        },
        .text("one that all can write", "VICTIM\n", mode: 0o666),
        .text("one that its group can write", "VICTIM\n", mode: 0o664),
        Attack("one of a user, about root's process", needsRoot: true) { victim, _, path in
            try Attack.write("\(victim)\n", to: path)
            chown(path, nobody, nobody)
        },
        Attack("one older than the process: the pid was used again") { victim, _, path in
            try Attack.write("\(victim)\n", to: path)
            var times = [timeval(tv_sec: time(nil) - 3600, tv_usec: 0), timeval(tv_sec: time(nil) - 3600, tv_usec: 0)]
            utimes(path, &times)
        },
        Attack("the daemon's own pid") { _, daemon, path in try Attack.write("\(daemon)\n", to: path) },
        .text("pid 1", "1\n"), .text("pid 0", "0\n"), .text("every process", "-1\n"),
        .text("a process group", "-VICTIM\n"), .text("plus", "+VICTIM\n"), .text("hexadecimal", "0xVICTIM\n"),
        .text("a pid that wraps around", "4294967296VICTIM\n"), .text("2^31 - 1", "2147483647\n"),
        .text("2^64 + 1", "18446744073709551617\n"), .text("two pids", "VICTIM VICTIM\n"),
        .text("a command behind it", "VICTIM; true\n"), .text("NUL before it", "\0VICTIM\n"),
        .text("digits of another script", "١٢٣\n"), .text("nothing", ""), .text("blanks", " \n \n"),
        .text("a megabyte", String(repeating: "7", count: 1 << 20)), .text("letters", "pid VICTIM\n"),
    ]

    @Test func `no pid file that somebody else could have written ends a process`() async throws {
        let canary = try await Canary()
        let site = canary.site
        let attacks = Self.attacks.filter { !$0.needsRoot || geteuid() == 0 }
        var sections = "[process.default]\nmax_attempts = 1\nrestart_delay = 0\n"
        for index in attacks.indices {
            sections += """
                [process.prey-\(index)]
                restart_strategy = process
                pid_file = \(site.path("prey-\(index).file"))
                start_command = true
                health_check_command = true

                """
        }
        try await canary.configure(monitor: "check_interval = 3600", sections)
        for index in attacks.indices { try await canary.database.rows(process(index)) }
        let daemon = try site.monitord()
        let victims = try attacks.map { _ in try Program("/bin/sleep", ["4711"]) }
        for (index, attack) in attacks.enumerated() {
            try attack.make(victims[index].pid, daemon.pid, site.path("prey-\(index).file"))
        }
        try await eventually("the good one is served", in: daemon) { try await canary.isGoodServed() }
        let raised = try await site.ctl(["alarm", "set"] + attacks.indices.map { "prey-\($0)" })
        #expect(raised.status == 0, "\(raised.error)")
        try await eventually("each has been attempted", within: 120, in: daemon) {
            try await canary.database.scalar(
                "SELECT COUNT(DISTINCT process_name) FROM MONITOR_EVENT WHERE completion_id IS NOT NULL AND process_name LIKE 'prey-%'"
            )
                == "\(attacks.count)"
        }
        for (index, attack) in attacks.enumerated() {
            #expect(kill(victims[index].pid, 0) == 0, "\(attack.testDescription)")
            let state = try String(contentsOfFile: "/proc/\(victims[index].pid)/stat", encoding: .utf8)
            #expect(!state.contains(") Z "), "\(attack.testDescription)")
        }
        try await canary.end(daemon)
        let lines = daemon.log.split(separator: "\n").filter { $0.contains("process.pid_file_ignored") }
        for (index, attack) in attacks.enumerated() {
            let path = site.path("prey-\(index).file")
            let line = lines.first { $0.contains(path + " ") || $0.contains(path + "]") || $0.contains(path + "\"") }
            let reason = line.flatMap { $0.components(separatedBy: "error.reason=").last?.prefix { $0 != "]" } }
            HostileCase(through: "pid file", input: attack.testDescription)
                .came(
                    to: "nobody ended; " + (reason.map { "refused: \($0)" } ?? "names no process, or a protected one"))
        }
        for victim in victims { victim.signal(SIGKILL) }
    }

    private func process(_ index: Int) -> String {
        "INSERT INTO PROCESE (process_id, process_name) VALUES (\(index + 1), 'prey-\(index)')"
    }
}
