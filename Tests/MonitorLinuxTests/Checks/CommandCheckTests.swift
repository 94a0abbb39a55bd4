import Glibc
import TestSupport
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite(.timeLimit(.minutes(2))) struct CommandCheckTests {
    private let scene = CheckScene()

    private func command(_ text: String, limit: Duration = .seconds(60)) async throws -> CheckResult {
        try await scene.run(.command(try CommandTemplate(text)), limit: limit)
    }

    private func plugin(_ text: String, limit: Duration = .seconds(60)) async throws -> CheckResult {
        try await scene.run(.nagios(try CommandTemplate(text)), limit: limit)
    }

    @Test func `exit code 0 passes, another fails`() async throws {
        #expect(try await command("true") == .passed("exited with 0"))
        #expect(try await command("echo fine") == .passed("fine"))
        #expect(try await command("echo %s is ill; exit 4").message.hasSuffix("exited with 4: x is ill"))
        #expect(try await command("exit 4").hasFailed)
        #expect(try await command("kill -9 $$").hasFailed)
    }

    @Test func `what can't be run tells nothing of the process`() async throws {
        #expect(try await command("/nonexistent").isUnknown)
        #expect(try await command("/etc/passwd").isUnknown)
        #expect(try await plugin("/nonexistent").isUnknown)
    }

    @Test func `one that hangs is ended, and has failed`() async throws {
        #expect(
            try await command("sleep 1000 & wait", limit: .milliseconds(200))
                == .failed("no answer within 0.2 s from sleep 1000 & wait"))
        #expect(try await plugin("sleep 1000", limit: .milliseconds(200)).hasFailed)
    }

    @Test(arguments: [
        (0, CheckResult.passed("OK - fine")), (1, .passed("OK - fine")), (2, .failed("OK - fine")),
        (3, .unknown("OK - fine")),
    ])
    func `a plugin's exit code decides, its first line is the reason`(_ code: Int, _ expected: CheckResult) async throws
    {
        let text = "echo noise >&2; echo \"OK - fine | 'time'=1s;2;3\"; echo more; exit \(code)"
        #expect(try await plugin(text) == expected)
    }

    @Test(arguments: ["exit 4", "exit 31", "exit 126", "exit 127", "exit 200", "kill -SEGV $$"])
    func `what is no answer of a plugin is unknown`(_ text: String) async throws {
        #expect(try await plugin("echo fine; \(text)").isUnknown)
    }

    @Test func `what a terminal would obey is escaped, and a long line cut`() async throws {
        let escape = try await plugin(#"printf '\033[31mred\r\nmore'; exit 2"#)
        #expect(escape == .failed("\\u{1b}[31mred"))
        let long = try await plugin("head -c 100000 /dev/zero | tr '\\0' x; exit 2")
        #expect(long.hasFailed && long.message.count == 200 && long.message.hasSuffix("…"))
        #expect(try await plugin("exit 2") == .failed("CRITICAL, without a word"))
    }

    @Test func `of much output it is still the first line`() async throws {
        #expect(try await plugin("echo first; seq 100000; exit 2") == .failed("first"))
    }

    // MARK: Real plugins

    private static let plugins = ["/usr/lib/nagios/plugins", "/usr/lib64/nagios/plugins"]
        .first { (directory: String) in access("\(directory)/check_dummy", X_OK) == 0 }

    @Test(.integration(with: "monitoring-plugins", isAvailable: plugins != nil))
    func `understands the plugins of the distribution`() async throws {
        let directory = try #require(Self.plugins)
        #expect(try await plugin("\(directory)/check_dummy 0 good") == .passed("OK: good"))
        #expect(try await plugin("\(directory)/check_dummy 1 soso") == .passed("WARNING: soso"))
        #expect(try await plugin("\(directory)/check_dummy 2 bad") == .failed("CRITICAL: bad"))
        #expect(try await plugin("\(directory)/check_dummy 3 what") == .unknown("UNKNOWN: what"))
        // Bad usage is UNKNOWN too.
        #expect(try await plugin("\(directory)/check_dummy").isUnknown)
        let procs = try await plugin("\(directory)/check_procs -c 1:")
        #expect(procs.hasPassed && procs.message.hasPrefix("PROCS OK") && !procs.message.contains("|"), "\(procs)")
        let refused = try await plugin("\(directory)/check_tcp -H 127.0.0.1 -p 1")
        #expect(refused.hasFailed, "\(refused)")
    }
}
