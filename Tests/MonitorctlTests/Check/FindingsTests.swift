internal import Foundation
import MonitorConfig
internal import MonitorCore
internal import TestSupport
internal import Testing

@testable import monitorctl

@Suite struct FindingsTests {
    private static func configuration(_ text: String) throws -> Configuration {
        try Configuration.parse(text, path: "config.ini")
    }

    // MARK: - Migration

    private static func specified() throws -> String {
        let file = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Fixtures/spec-config.ini")
        return try String(contentsOf: file.standardized, encoding: .utf8)
    }

    private static func loaded(_ text: String) throws -> LoadedConfiguration {
        try LoadedConfiguration(parsing: Array(text.utf8), path: "config.ini")
    }

    @Test("who comes from monitor_service.sh is told what stays, what differs, and what is possible now")
    func migration() throws {
        let findings = MigrationFindings.findings(for: try Self.loaded(try Self.specified()))
        #expect(findings.map(\.subject) == ["unchanged", "changed", "new"])
        #expect(findings.allSatisfy { $0.level == .note })
    }

    @Test(
        "who uses one key of ours, or has no file, has moved already",
        arguments: [
            "[monitor]\nmax_concurrent_restarts = 8", "[process.default]\nstart_command = /bin/x",
            "[process.apache2]\nunit = httpd",
        ])
    func moved(addition: String) throws {
        let lines = try Self.specified().components(separatedBy: "\n")
        let (section, key) = (addition.components(separatedBy: "\n")[0], addition.components(separatedBy: "\n")[1])
        let text = lines.flatMap { $0 == section ? [$0, key] : [$0] }.joined(separator: "\n")
        #expect(text.contains(key))
        #expect(MigrationFindings.findings(for: try Self.loaded(text)).isEmpty)
        #expect(
            MigrationFindings.findings(for: LoadedConfiguration(configuration: Configuration(), warnings: [])).isEmpty)
    }

    @Test("a file that merely says nothing that the script would not have understood is not the script's")
    func ownFile() throws {
        for text in [
            "", "[monitor]\ncheck_interval = 5",
            "[database]\nhost = db1\nuser = monitor\npassword = x\n[monitor]\ncheck_interval = 5",
        ] {
            #expect(MigrationFindings.findings(for: try Self.loaded(text)).isEmpty, "\(text)")
        }
    }

    // MARK: - Change feed

    @Test("a change feed that is not possible is a note with its reason, and a warning for who wants it")
    func changeFeed() {
        #expect(ChangeFeedFinding.finding(for: nil, .auto).level == .ok)
        #expect(ChangeFeedFinding.finding(for: nil, .off).level == .note)
        let note = ChangeFeedFinding.finding(for: "the server writes no binary log", .auto)
        #expect(note.level == .note && note.text.contains("writes no binary log"))
        #expect(ChangeFeedFinding.finding(for: "the server writes no binary log", .on).level == .warning)
    }

    // MARK: - Processes

    @Test("what is never or hardly restarted is told, with what mends it")
    func processes() throws {
        let configuration = try Self.configuration(
            """
            [monitor]
            deny = secret*
            [process.worker]
            restart_strategy = process
            [process.htpd]
            max_attempts = 1
            """)
        let names = ["httpd", "worker", "secret-1", "a b"]
        let findings = ProcessFindings.findings(
            for: names.enumerated().map { Fixtures.process(Int64($0), $1) }, configuration)
        #expect(
            findings.map(\.level) == [.ok, .warning, .note, .warning, .warning])
        #expect(findings[0].text == "4 monitored")
        #expect(findings[1].text.hasPrefix("name 'a b' refused: it has a character other than"))
        #expect(findings[2].text == "'secret-1' is never restarted: allow and deny of [monitor] forbid it")
        #expect(findings[3].text.hasPrefix("'worker' has strategy process and no start_command"))
        #expect(findings[4].text == "section [process.htpd]: no process of that name is monitored")
        #expect(findings[4].remedy == "did you mean 'httpd'?")
    }

    @Test("many of a kind are counted, not listed")
    func many() throws {
        let processes = (1...30).map { Fixtures.process($0, "a \($0)") }
        let findings = ProcessFindings.findings(for: processes, Configuration())
        #expect(findings.count == 12)
        #expect(findings.last?.text == "20 more like these")
    }

    // MARK: - Screen

    @Test("a finding stands beside its subject, with what mends it below")
    func screen() {
        let findings = [
            Finding(.ok, "database", "MariaDB 10.11.4 at db1:3306 answers"),
            Finding(
                .error, "configuration",
                "config.ini:3: unknown key 'check_intervall' in [monitor], a long story that wraps",
                remedy: "check_interval"),
        ]
        #expect(
            Finding.text(findings, Fixtures.page(width: 80)) == """
                ok     database       MariaDB 10.11.4 at db1:3306 answers
                error  configuration  config.ini:3: unknown key 'check_intervall' in [monitor],
                                      a long story that wraps
                                      → check_interval

                """)
        #expect(
            Finding.text(findings, Fixtures.page(width: nil)).split(separator: "\n").map(String.init) == [
                "ok     database       MariaDB 10.11.4 at db1:3306 answers",
                "error  configuration  config.ini:3: unknown key 'check_intervall' in [monitor], a long story that "
                    + "wraps; → check_interval",
            ])
    }
}
