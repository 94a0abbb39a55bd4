import Foundation
import TestSupport
import Testing

/// Environments in which somebody starts the programs.
@Suite(.serialized) struct HostileEnvironmentTests {
    /// Variables, and whether the daemon starts with them.
    struct Case: Sendable, CustomTestStringConvertible {
        var variables: [String: String]
        var starts = true
        var testDescription: String {
            variables.map { "\($0.key)=\($0.value.prefix(60).debugDescription)" }.joined(separator: " ")
        }
    }

    static let cases: [Case] = [
        Case(variables: ["NOTIFY_SOCKET": "/nonexistent/notify", "WATCHDOG_USEC": "2000000"]),
        Case(variables: ["NOTIFY_SOCKET": "/etc/passwd"]), Case(variables: ["NOTIFY_SOCKET": "@"]),
        Case(variables: ["NOTIFY_SOCKET": String(repeating: "/x", count: 1000)]),
        Case(variables: ["NOTIFY_SOCKET": "relative", "WATCHDOG_USEC": "-1"]),
        Case(variables: ["NOTIFY_SOCKET": "/nonexistent/notify", "WATCHDOG_USEC": "18446744073709551615"]),
        Case(variables: ["NOTIFY_SOCKET": "/nonexistent/notify", "WATCHDOG_USEC": "1"]),
        Case(variables: ["WATCHDOG_USEC": "99999999999999999999", "WATCHDOG_PID": "-1"]),
        Case(variables: [
            "LISTEN_FDS": "2147483647", "LISTEN_PID": "1", "LISTEN_FDNAMES": String(repeating: "x:", count: 999),
        ]),
        Case(variables: ["JOURNAL_STREAM": "8:9999999999999999999999"]),
        Case(variables: ["TZ": "../../../etc/shadow"]), Case(variables: ["TZ": String(repeating: "X", count: 100_000)]),
        Case(variables: ["LANG": "\u{1B}[31m", "LC_ALL": "%n%n%s"]),
        Case(variables: ["HOME": "", "USER": "\n; reboot"]),
        Case(variables: ["TERM": "\u{1B}c", "COLUMNS": "99999999999", "LINES": "-5", "NO_COLOR": "\0"]),
        Case(variables: ["PATH": "/nonexistent:.", "IFS": "x", "ENV": "/nonexistent", "BASH_ENV": "/nonexistent"]),
        Case(variables: ["LD_PRELOAD": "/nonexistent/evil.so", "LD_LIBRARY_PATH": "/nonexistent"]),
        Case(variables: ["HUGE": String(repeating: "h", count: 100_000)]),
        Case(variables: ["CREDENTIALS_DIRECTORY": "/nonexistent"]),
        Case(variables: ["SWIFT_BACKTRACE": "enable=yes,output-to=/nonexistent/x"]),
        Case(variables: [
            "MARIADB_PLUGIN_DIR": "/nonexistent", "LIBMYSQL_PLUGINS": "evil;evil2", "MYSQL_HOME": "/nonexistent",
        ]),
        Case(variables: ["RUNTIME_DIRECTORY": "/" + String(repeating: "r", count: 200)], starts: false),
        Case(variables: ["STATE_DIRECTORY": "/dev/null/x"], starts: false),
    ]

    @Test(arguments: cases)
    func `an odd environment costs nothing, and reaches no command`(_ odd: Case) async throws {
        let canary = try await Canary()
        let seen = canary.site.path("seen")
        try await canary.configure(
            """
            [process.curious]
            restart_strategy = process
            start_command = env > \(seen)
            health_check_command = true
            max_attempts = 1
            """)
        try await canary.raise("curious", id: 1)
        let daemon = try Program(
            "monitord", ["--config", canary.site.configuration],
            environment: canary.site.environment.merging(odd.variables) { $1 })
        var said = ""
        if odd.starts {
            try await eventually("all are served", in: daemon) {
                try await canary.database.scalar("SELECT COUNT(*) FROM STATUS_PROCESS WHERE alarma = 1") == "0"
            }
            try await canary.end(daemon)
        } else {
            let result = try await daemon.wait()
            #expect(result.status == 1, "\(result.status) \(result.error)")
            said = result.error
        }
        #expect(daemon.log.obeyedByTerminals == [])
        if odd.starts {
            let environment = try String(contentsOfFile: seen, encoding: .utf8)
            for name in odd.variables.keys where !["TZ", "LANG", "LC_ALL", "HOME", "USER", "PATH"].contains(name) {
                #expect(!environment.contains("\(name)="), "\(name)")
            }
            #expect(environment.contains("PATH=/usr/local/sbin:"))
        }
        let tool = try await Program.run(
            "monitorctl", ["--config", canary.site.configuration, "status"],
            environment: canary.site.environment.merging(odd.variables) { $1 })
        #expect([3, 4].contains(tool.status), "\(tool.status) \(tool.error)")
        #expect((tool.output + tool.error).obeyedByTerminals == [])
        HostileCase(through: "environment", input: odd.testDescription, attempts: 2)
            .came(to: odd.starts ? "served; no command has it" : said)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can run something as another user"))
    func `whoever starts the daemon leaves nothing to what it runs: no signal ignored, no file open, no group`()
        async throws
    {
        let site = try Site()
        // Where the user can write, beside the configuration, which no other may replace.
        mkdir(site.path("open"), 0o777)
        chmod(site.directory, 0o755)
        chmod(site.path("open"), 0o777)
        // Not the shell's own: while it starts another program it blocks all signals.
        let spy = "{ cat /proc/self/status; ls -l /proc/self/fd; cut -d' ' -f5,6 /proc/$$/stat; echo pid $$; }"
        try site.configure(
            """
            [process.spied]
            restart_strategy = process
            pre_restart_command = \(spy) > \(site.path("open/before")) 2>&1
            start_command = \(spy) > \(site.path("open/start")) 2>&1
            health_check_command = \(spy) > \(site.path("open/check")) 2>&1
            user = nobody
            """)
        try await site.ctl("init")
        try site.raise(["spied"])
        let daemon = try Program(
            "/bin/bash",
            [
                "-c", "trap '' INT HUP USR1 USR2 PIPE CHLD TERM QUIT; exec 7</etc/passwd 8>>\"$0\"; exec \"$@\"",
                site.path("leak"), Program.directory.appendingPathComponent("monitord").path, "--config",
                site.configuration, "--once",
            ], environment: site.environment)
        let result = try await daemon.wait()
        #expect(result.status == 0, "\(result.error)")
        for (file, user) in [("before", "0"), ("start", "65534"), ("check", "0")] {
            let text = try String(contentsOfFile: site.path("open/\(file)"), encoding: .utf8)
            func field(_ name: String) -> [String] {
                let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
                return line.split(whereSeparator: \.isWhitespace).dropFirst().map(String.init)
            }
            for mask in ["SigBlk", "SigIgn"] {
                // Signals 32 and 33 are the C library's own; no program can set them.
                let bits = try #require(field(mask).first.flatMap { UInt64($0, radix: 16) })
                #expect(bits & ~(3 << 31) == 0, "\(file) \(mask)")
            }
            #expect(field("Uid") == Array(repeating: user, count: 4), "\(file)")
            if user != "0" { #expect(field("Groups").allSatisfy { $0 == "65534" }, "\(file)") }
            #expect(!text.contains("/etc/passwd") && !text.contains("leak"), "\(file): \(text)")
            // Leader of a session and a group of its own.
            let pid = text.split(separator: "\n").last?.split(separator: " ").last ?? ""
            #expect(text.contains("\n\(pid) \(pid)\n"), "\(file)")
        }
        HostileCase(
            through: "environment", input: "signals ignored, files open, groups, at the daemon's start", attempts: 3
        )
        .came(to: "none of them in commands and what is started")
    }
}
