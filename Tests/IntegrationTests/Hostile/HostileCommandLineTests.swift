import Foundation
import TestSupport
import Testing

/// Command lines of `monitorctl` and `monitord`.
@Suite(.serialized) struct HostileCommandLineTests {
    /// Arguments, and the exit code that they get.
    struct Case: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var status: Int32
        var testDescription: String { arguments.map { String($0.prefix(60)) }.joined(separator: " ").debugDescription }

        init(_ arguments: String..., status: Int32) { (self.arguments, self.status) = (arguments, status) }
    }

    static let cases: [Case] = [
        Case("alarm", "clear", "--", "--all", status: 1), Case("alarm", "set", "--", "-h", status: 1),
        Case("hold", "--", "--for=1h", status: 1), Case("reset", "--", "", status: 1),
        Case("alarm", "clear", "%", status: 1), Case("alarm", "clear", "_ood-worker", status: 1),
        Case("alarm", "clear", "GOOD-WORKER", status: 1), Case("alarm", "clear", "*", status: 1),
        Case("alarm", "clear", "good-worker' OR '1'='1", status: 1), Case("status", "\u{1B}[31mred", status: 1),
        Case("status", "\u{202E}drow", status: 1), Case("\u{1B}[31mstatus", status: 64),
        Case("--\u{1B}[31m", status: 64), Case("status", "--json=\u{1B}[2J", status: 64),
        Case("history", "--limit", "\u{1B}]0;x\u{7}", status: 64), Case("history", "--limit", "-1", status: 64),
        Case("history", "--limit", "99999999999999999999", status: 64),
        Case("hold", "good-worker", "--for", "1e999", status: 64),
        Case("hold", "good-worker", "--for", "-5", status: 64),
        Case("hold", "good-worker", "--for", "nan", status: 64),
        Case("process", "add", "$(touch x)", status: 1), Case("process", "add", "--", "-x", status: 1),
        Case("process", "add", "two\nlines", status: 1), Case("process", "add", "x", "--id", "x", status: 64),
        Case("process", "add", "x", "--id", "9223372036854775808", status: 64),
        Case("process", "add", String(repeating: "x", count: 101), status: 1),
        Case("alarm", "set", "good-worker", "--timeout", "1s\u{9B}m", status: 64),
        Case("status", String(repeating: "x", count: 100_000), status: 1),
        Case("--config", "\u{1B}[31m/nowhere", "status", status: 78), Case("--config", "", "status", status: 78),
    ]

    @Test(arguments: cases)
    func `an argument means itself, and steers no terminal`(_ odd: Case) async throws {
        let canary = try await Canary()
        try await canary.configure()
        let result = try await canary.site.ctl(odd.arguments)
        #expect(result.status == odd.status, "\(result.status) \(result.error)")
        #expect((result.output + result.error).obeyedByTerminals == [], "\(result.error.debugDescription)")
        #expect(result.error.utf8.count < 4096)
        #expect(try await canary.database.scalar("SELECT COUNT(*) FROM STATUS_PROCESS WHERE alarma = 1") == "1")
        #expect(try await canary.database.scalar("SELECT COUNT(*) FROM PROCESE") == "1")
        HostileCase(through: "monitorctl's command line", input: odd.testDescription)
            .came(to: "\(result.status): \(result.error.split(separator: "\n").first ?? "")")
    }

    @Test func `a reason and a note are shown as text, whatever is in them`() async throws {
        let canary = try await Canary()
        try await canary.configure()
        let odd = "\u{1B}[31mred\u{1B}]0;title\u{7}\n\u{9B}2J\u{202E}\r\u{2028}\",\"x\":\"%s%n"
        #expect(try await canary.site.ctl("hold", Canary.good, "--reason", odd).status == 0)
        #expect(try await canary.site.ctl("alarm", "set", Canary.good, "--reason", odd).status == 0)
        let daemon = try canary.site.monitord()
        try await eventually("the hold is logged", in: daemon) { daemon.log.contains("process.held") }
        let commands = [
            ["status"], ["status", Canary.good], ["status", "--json"], ["history"], ["history", "--json"], ["check"],
        ]
        for arguments in commands {
            let result = try await canary.site.ctl(arguments)
            #expect((result.output + result.error).obeyedByTerminals == [], "\(arguments)")
        }
        #expect(daemon.log.obeyedByTerminals == [])
        try await canary.end(daemon)
        HostileCase(through: "monitorctl --reason", input: odd, attempts: commands.count).came(
            to: "escaped wherever shown")
    }

    @Test(.integration(with: "script", isAvailable: InstalledProgram.areInstalled("script")))
    func `what --watch draws on a terminal obeys nothing from the database`() async throws {
        let canary = try await Canary()
        try await canary.configure()
        let note = "note\u{1B}[8mhidden\u{9B}31m\u{1B}]0;title\u{7}\u{1B}[?1049l"
        try await canary.raise("\u{1B}]0;title\u{7}name", id: 1)
        try await canary.database.rows("UPDATE STATUS_PROCESS SET notes = ?", [.text(note)])
        let ctl = Program.directory.appendingPathComponent("monitorctl").path
        for options in ["status --watch", "status"] {
            let command =
                "stty cols 200 rows 40; (sleep 2; printf q) | timeout 4 \(ctl) --config \(canary.site.configuration) \(options)"
            let run = try await Program.run(
                "/usr/bin/script", ["-qec", command, "/dev/null"],
                environment: canary.site.environment.merging(["TERM": "xterm"]) { $1 })
            // Its own colours and screen are sequences that it makes; a title or a hidden text is none of them.
            #expect(run.output.contains("u{1b}[8mhidden") && run.output.contains("u{9b}31m"), "\(run.output)")
            #expect(
                !run.output.contains("\u{1B}]0;") && !run.output.contains("\u{1B}[8m") && !run.output.contains("\u{9B}")
            )
            HostileCase(through: "STATUS_PROCESS.notes, on a terminal", input: "monitorctl \(options)").came(
                to: "escaped")
        }
    }

    @Test(arguments: ["--config=\u{1B}[31m", "--\u{1B}[31m", "--log-level=\u{9B}31m", "\u{202E}x"])
    func `the daemon says what is wrong with its arguments without obeying them`(argument: String) async throws {
        let result = try await Program.run("monitord", [argument])
        #expect([64, 78].contains(result.status))
        #expect((result.output + result.error).obeyedByTerminals == [], "\(result.error.debugDescription)")
        HostileCase(through: "monitord's command line", input: argument)
            .came(to: "\(result.status): \(result.error.split(separator: "\n").first ?? "")")
    }
}
