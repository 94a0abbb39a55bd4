import Foundation
import MonitorStore
import TestSupport
import Testing

/// Names that somebody writes into `PROCESE`, to have something run, or somebody misled.
@Suite(.serialized) struct HostileNameTests {
    /// Refused as names: nothing may run for them. `TRAP` becomes a command that leaves a trace.
    static let refused = [
        // A shell
        "a; TRAP", "a && TRAP", "a | TRAP", "a & TRAP", "a\nTRAP", "$(TRAP)", "`TRAP`", "a>TRAP", "a<b", "(TRAP)",
        "{a,b}", "${IFS}TRAP", "$HOME", "~root", "a*", "a?", "a[b]", "!!", "#x", "a\\b", "it's", "say \"x\"", "a b",
        "a\tb", " ", "a=b", "a,b",
        // Options, paths and units
        "--help", "-rf", "-.mount", "-", ".", "..", ".hidden", "../../x", "/bin/sh", "x/../y", "a@../b", "\\x2d.mount",
        // Formats and patterns
        "%s", "%n%s%d", "a%", "%%", "a'%",
        // SQL
        "' OR '1'='1", "'; DROP TABLE PROCESE; --", "\\' OR 1=1 -- ", "x') UNION SELECT 1 -- ",
        // Terminals and logs
        "\u{1B}[31mred", "\u{1B}]0;title\u{7}", "\u{9B}31m", "\u{1B}[2J\u{1B}[H", "a\rb", "a\r\nERROR forged",
        "\u{8}\u{8}",
        "\u{7F}", "x\",\"level\":\"error", "x] forged=[y",
        // Unicode
        "\u{202E}drotinom", "zero\u{200B}width", "\u{FEFF}bom", "a\u{2028}b", "m\u{43E}nitord", "ｈｔｔｐｄ", "café", "🔥",
        "\u{E0041}tag", String(repeating: "漢", count: 100),
        // Nothing, and NUL
        "", "nul\0byte", "\0",
    ]

    /// Good as names, and nothing to be run for them, because nobody has configured what.
    static let unknown = [
        "init.scope", "a@b", "a@b@c.service", "x.mount", "system.slice", "a..b", "a--help", "a-.mount",
        "x.service.service",
        "0", "1", "+", "@", ":", "_", "a:b", String(repeating: "x", count: 100),
    ]

    @Test(arguments: SQLScene.Backend.allCases)
    func `a name that could do harm runs nothing, and misleads nobody`(backend: SQLScene.Backend) async throws {
        let canary = try await Canary(backend)
        // Were a name ever run or put into a command, this would show it.
        try await canary.configure(
            """
            [process.default]
            restart_strategy = process
            pre_restart_command = \(canary.trap)-pre %s
            start_command = \(canary.trap)-start; sh -c %s
            stop_command = \(canary.trap)-stop %s
            health_check_command = true %s
            """)
        let names = Self.refused.map { $0.replacingOccurrences(of: "TRAP", with: canary.trap) }
        for (index, name) in names.enumerated() { try await canary.raise(name, id: index + 1) }
        let daemon = try canary.site.monitord("--log-level", "debug")
        try await eventually("the good one is served, the others are refused", in: daemon) {
            let refused = try await canary.database.scalar(
                "SELECT COUNT(*) FROM STATUS_PROCESS WHERE alarma = 1 AND notes LIKE 'refused: the name %'")
            return try await canary.isGoodServed() && refused == "\(names.count)"
        }
        try await canary.end(daemon)
        #expect(canary.traces == [])
        try await expectHonestOutput(of: canary, names: names)

        let notes = try await canary.database.rows("SELECT notes FROM STATUS_PROCESS ORDER BY process_id")
        for (name, note) in zip(Self.refused, notes) {
            HostileCase(through: "PROCESE row (\(backend))", input: name)
                .came(to: "nothing run, alarm stands, note: \(note[0] ?? "none")")
        }
    }

    /// What the tool and the logs say of such names steers no terminal, forges no line, and loses nothing.
    private func expectHonestOutput(of canary: Canary, names: [String]) async throws {
        for arguments in [["status"], ["history", "--limit", "1000"], ["process", "list"], ["check"]] {
            let result = try await canary.site.ctl(arguments)
            #expect(result.output.obeyedByTerminals == [] && result.error.obeyedByTerminals == [], "\(arguments)")
        }
        let log = try String(contentsOfFile: canary.site.log, encoding: .utf8)
        #expect(log.obeyedByTerminals == [])
        #expect(log.split(separator: "\n").allSatisfy { $0.prefix(2) == "20" }, "a line that is none of the daemon's")
        let status = try await canary.site.ctl("status", "--json")
        #expect(status.status == 3 && status.output.obeyedByTerminals == [])
        let json = try JSONSerialization.jsonObject(with: Data(status.output.utf8)) as? [String: Any]
        let processes = try #require(json?["processes"] as? [[String: Any]])
        #expect(Set(processes.compactMap { $0["name"] as? String }) == Set(names + [Canary.good]))
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `a verb with such a name is for that process alone`(backend: SQLScene.Backend) async throws {
        let canary = try await Canary(backend)
        try await canary.configure()
        // A NUL can't be an argument of any program, and what is empty is no name of a process there.
        let names = Self.refused.filter { !$0.contains("\0") && !$0.isEmpty }
            .map { $0.replacingOccurrences(of: "TRAP", with: canary.trap) }
        for (index, name) in names.enumerated() { try await canary.raise(name, id: index + 1) }
        for (index, name) in names.enumerated() {
            let result = try await canary.site.ctl("alarm", "clear", "--", name)
            #expect(result.status == 0, "\(name.debugDescription): \(result.error)")
            #expect((result.output + result.error).obeyedByTerminals == [], "\(name.debugDescription)")
            let left = try await canary.database.rows(
                "SELECT process_id FROM STATUS_PROCESS WHERE alarma = 1 ORDER BY 1")
            #expect(left.map { $0[0] } == ((index + 2)..<(names.count + 1)).map { "\($0)" } + ["\(Canary.goodID)"])
        }
        #expect(canary.traces == [])
        #expect(try await canary.database.scalar("SELECT COUNT(*) FROM PROCESE") == "\(names.count + 1)")
        HostileCase(
            through: "monitorctl alarm clear -- NAME (\(backend))", input: "the names above", attempts: names.count
        )
        .came(to: "that one cleared, no other; nothing run; output escaped")
    }

    @Test(arguments: SQLScene.Backend.allCases)
    func `a name of which nobody has said what to start starts nothing`(backend: SQLScene.Backend) async throws {
        let canary = try await Canary(backend)
        try await canary.configure(
            """
            [process.default]
            restart_strategy = auto
            max_attempts = 1
            restart_delay = 0
            health_check_command = \(canary.trap)
            """)
        for (index, name) in Self.unknown.enumerated() { try await canary.raise(name, id: index + 1) }
        // The daemon, by the name that it has itself.
        try await canary.raise("monitord", id: Self.unknown.count + 1)
        let daemon = try canary.site.monitord()
        try await eventually("each has its note", within: 60, in: daemon) {
            let missing = try await canary.database.scalar(
                "SELECT COUNT(*) FROM STATUS_PROCESS WHERE alarma = 1 AND notes IS NULL")
            return try await canary.isGoodServed() && missing == "0"
        }
        try await canary.end(daemon)
        #expect(canary.traces == [])
        let rows = try await canary.database.rows("SELECT alarma, notes FROM STATUS_PROCESS ORDER BY process_id")
        for (name, row) in zip(Self.unknown + ["monitord"], rows) {
            #expect(row[0] == "1", "\(name)")
            HostileCase(through: "PROCESE row (\(backend))", input: name)
                .came(to: "nothing run, alarm stands, note: \(row[1] ?? "none")")
        }
    }

    @Test func `a log of JSON has a line for each, and no line of anybody else's`() async throws {
        let site = try Site()
        try site.configure("format = json")
        try await site.ctl("init")
        try site.raise(Self.refused)
        let result = try await site.monitord("--once", "--log-level", "debug").wait()
        #expect(result.status == 1)
        for text in [result.error, try String(contentsOfFile: site.log, encoding: .utf8)] {
            #expect(text.obeyedByTerminals == [])
            let lines = try text.split(separator: "\n").map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            }
            let refusals = lines.filter { $0["event"] as? String == "process.refused" }
            #expect(refusals.count == Self.refused.count)
            #expect(refusals.allSatisfy { $0["level"] as? String == "warning" && $0["forged"] == nil })
        }
        HostileCase(through: "log, format = json", input: "the names above", attempts: Self.refused.count)
            .came(to: "an object each, none forged")
    }
}
