import Foundation
import TestSupport
import Testing

/// Configuration and password files that are not what they should be.
@Suite(.serialized) struct HostileConfigurationTests {
    private static let secret = "c4n4ry-s3cret"

    /// A file that is refused, and a word of the reason.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var says: String
        var bytes: [UInt8] = []
        var mode: mode_t = 0o600

        init(_ name: String, _ text: String, says: String, mode: mode_t = 0o600) {
            (testDescription, self.says, bytes, self.mode) = (name, says, Array(text.utf8), mode)
        }
    }

    static let refused: [Case] = [
        Case(
            "password, readable by all", "[database]\nhost = h\npassword = \(secret)\n", says: "chmod 600", mode: 0o644),
        Case("writable by all", "[monitor]\n", says: "chmod go-w", mode: 0o666),
        Case("writable by its group", "[monitor]\n", says: "chmod go-w", mode: 0o620),
        Case("NUL bytes", "[monitor]\n\0\0\0[database]\npassword = \(secret)\n", says: "NUL"),
        Case("an ELF header", "\u{7F}ELF\u{2}\u{1}\u{1}\0\0", says: ":1:"),
        Case("over a megabyte", "[monitor]\n" + String(repeating: "#\n", count: 600_000), says: "larger than"),
        Case("a line of 100 KB", "[monitor]\nhost = \(String(repeating: "x", count: 100_000))\n", says: "longer than"),
        Case("100,000 mistakes", String(repeating: "x\n", count: 100_000), says: ":100000:"),
        Case("terminal escapes in a key", "[monitor]\n\u{1B}[31mhost = x\n", says: "control character"),
        Case("C1 controls in a section", "[\u{9B}31mmonitor]\n", says: "unknown section"),
        Case("a bidirectional override in a key", "[monitor]\n\u{202E}tsoh = x\n", says: "unknown key"),
        Case("a lookalike key", "[database]\np\u{430}ssword = \(secret)\n", says: "unknown key"),
        Case("a misspelt password", "[database]\npasword = \(secret)\n", says: "password"),
        Case("a password without =", "[database]\npassword \(secret)\n", says: ":2:"),
        Case("a password twice", "[database]\nhost = h\npassword = \(secret)\npassword = \(secret)2\n", says: ":4:"),
        Case("a password in another section", "[monitor]\npassword = \(secret)\n", says: "unknown key"),
        Case("an include", "[monitor]\n!include /etc/shadow\n", says: ":2:"),
        Case("a number out of range", "[monitor]\ncheck_interval = 99999999999999999999\n", says: "check_interval"),
        Case("not a number", "[monitor]\ncheck_interval = nan\n", says: "check_interval"),
        Case("infinite", "[monitor]\ncheck_interval = inf\n", says: "check_interval"),
        Case("negative", "[monitor]\nmax_concurrent_restarts = -1\n", says: "max_concurrent_restarts"),
        Case("a unit that is a path", "[process.x]\nunit = ../../etc/x.service\n", says: "unit"),
        Case("a unit that is an option", "[process.x]\nunit = --now\n", says: "unit"),
        Case("a process name that is a command", "[process.$(reboot)]\nmax_attempts = 1\n", says: "$(reboot)"),
    ]

    @Test(arguments: refused)
    func `a broken file is refused by daemon and tool, with its reason and without its secrets`(_ file: Case)
        async throws
    {
        let site = try Site()
        try Data(file.bytes).write(to: URL(fileURLWithPath: site.configuration))
        chmod(site.configuration, file.mode)
        var said = ""
        for (program, arguments) in [
            ("monitord", ["--check-config"]), ("monitord", ["--once"]), ("monitorctl", ["status"]),
            ("monitorctl", ["check"]),
        ] {
            let result = try await Program.run(
                program, ["--config", site.configuration] + arguments, environment: site.environment)
            let text = result.output + result.error
            #expect(result.status == (arguments == ["check"] ? result.status : 78), "\(program) \(arguments)")
            #expect(result.status > 0, "\(program) \(arguments)")
            #expect(text.contains(file.says), "\(program) \(arguments): \(text.prefix(500))")
            #expect(!text.contains(Self.secret), "\(program) \(arguments)")
            #expect(text.obeyedByTerminals == [], "\(program) \(arguments): \(text.prefix(500))")
            if program == "monitord" { said = text }
        }
        HostileCase(through: "config.ini", input: file.testDescription, attempts: 4)
            .came(to: said.split(separator: "\n").last.map(String.init) ?? "")
    }

    @Test(arguments: ["\u{FEFF}[monitor]\r\ncheck_interval = 5\r\n", "\n\n[monitor]\n; caf\u{E9}\ncheck_interval=5"])
    func `a file from another system is read`(text: String) async throws {
        let site = try Site()
        try site.write(text, to: "config.ini", mode: 0o600)
        #expect(try await site.monitord("--check-config").wait().status == 0)
        HostileCase(through: "config.ini", input: text).came(to: "read")
    }

    @Test(arguments: [
        "directory", "fifo", "device", "loop", "socket", "missing", "/proc/self/mem", "/dev/zero", "/dev/stdin",
    ])
    func `what is no file of a configuration is refused, and not waited for`(kind: String) async throws {
        let site = try Site()
        let path = kind.hasPrefix("/") ? kind : site.path("odd")
        try Self.make(kind, at: path)
        let result = try await Program.run(
            "monitord", ["--config", path, "--check-config"], environment: site.environment, limit: 20)
        #expect(result.status == 78, "\(result.error)")
        let tool = try await Program.run(
            "monitorctl", ["status"], environment: site.environment.merging(["MONITOR_CONFIG": path]) { $1 }, limit: 20)
        #expect(tool.status == 78, "\(tool.error)")
        HostileCase(through: "config.ini, MONITOR_CONFIG", input: kind, attempts: 2).came(to: result.error)
    }

    @Test(arguments: [
        "directory", "fifo", "device", "loop", "socket", "missing", "/dev/zero", "huge", "empty", "readable", "nul",
        "lines",
    ])
    func `what is no password file is refused, and not waited for`(kind: String) async throws {
        let site = try Site()
        let path = kind.hasPrefix("/") ? kind : site.path("odd")
        try Self.make(kind, at: path)
        try site.configure(
            database: "host = localhost\nsocket = /nonexistent/socket\nuser = x\npassword_file = \(path)")
        for (program, arguments) in [("monitord", ["--once"]), ("monitorctl", ["status"]), ("monitorctl", ["check"])] {
            let result = try await Program.run(
                program, ["--config", site.configuration] + arguments, environment: site.environment, limit: 20)
            let text = result.output + result.error
            let isRefused = arguments == ["check"] ? result.status > 0 : result.status == 78
            #expect(kind == "lines" || isRefused, "\(program) \(arguments) \(result.status): \(text)")
            #expect(!text.contains(Self.secret) && text.obeyedByTerminals == [], "\(text)")
            if arguments == ["status"] {
                HostileCase(through: "password_file", input: kind, attempts: 3).came(to: text)
            }
        }
    }

    @Test func `what a link leads to is judged, not the link`() async throws {
        let site = try Site()
        let text = "[database]\nbackend = sqlite\npath = \(site.path("monitor.db"))\npassword = \(Self.secret)\n"
        symlink(site.path("target"), site.configuration)
        for (mode, status) in [(0o600, 0), (0o644, 78), (0o606, 78)] {
            try site.write(text, to: "target", mode: mode)
            let result = try await site.monitord("--check-config").wait()
            #expect(result.status == Int32(status), "\(result.error)")
            #expect(!result.error.contains(Self.secret))
        }
        HostileCase(through: "config.ini", input: "a link to a file that others can read, or write", attempts: 3)
            .came(to: "refused")
    }

    private static func make(_ kind: String, at path: String) throws {
        switch kind {
        case "directory": mkdir(path, 0o700)
        case "fifo": mkfifo(path, 0o600)
        case "device": symlink("/dev/zero", path)
        case "loop": symlink(path, path)
        case "socket":
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            try UnixAddress.with(path) { _ = bind(descriptor, $0, $1) }
        case "huge":
            try HostilePidFileTests.Attack.write(String(repeating: secret, count: 10_000), to: path, mode: 0o600)
        case "empty": try HostilePidFileTests.Attack.write("\n", to: path, mode: 0o600)
        case "readable": try HostilePidFileTests.Attack.write(secret, to: path, mode: 0o644)
        case "nul": try HostilePidFileTests.Attack.write("\(secret)\0", to: path, mode: 0o600)
        case "lines": try HostilePidFileTests.Attack.write("\(secret)\n\u{1B}[31m\(secret)\n", to: path, mode: 0o600)
        default: break
        }
    }
}
