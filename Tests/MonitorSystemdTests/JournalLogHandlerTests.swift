import Foundation
import Logging
import MonitorLinux
import Synchronization
import TestSupport
import Testing

@testable import MonitorSystemd

@Suite struct JournalLogHandlerTests {
    /// What a handler has written.
    private final class Entries: Sendable {
        private let entries = Mutex<[[String: String]]>([])

        func write(_ fields: [JournalField]) {
            let entry = Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }
            entries.withLock { $0.append(entry) }
        }

        var all: [[String: String]] { entries.withLock { $0 } }
    }

    private let entries = Entries()

    private func logger(threshold: @escaping @Sendable () -> Logger.Level = { .debug }) -> Logger {
        Logger(label: "test") { [entries] _ in
            JournalLogHandler(identifier: "monitord", threshold: threshold, write: entries.write)
        }
    }

    @Test func `each datum has its field`() throws {
        var logger = logger()
        logger[metadataKey: "process.name"] = "httpd"
        logger.warning("recovery failed", metadata: ["event": "recovery.failed", "attempt": "2"])

        let entry = try #require(entries.all.first)
        #expect(entry["MESSAGE"] == "recovery failed attempt=2 process.name=httpd")
        #expect(entry["PROCESS_NAME"] == "httpd")
        #expect(entry["MONITOR_EVENT"] == "recovery.failed")
        #expect(entry["MONITOR_ATTEMPT"] == "2")
        #expect(entry["SYSLOG_IDENTIFIER"] == "monitord")
        #expect(entry["CODE_LINE"].flatMap { Int($0) } != nil)
    }

    @Test func `an entry names the units that it is about`() {
        let units = Mutex<[[String]]>([])
        var logger = Logger(label: "test") { _ in
            JournalLogHandler(
                identifier: "monitord", alias: "other.service", unit: { $0 == "alone" ? nil : "\($0).service" },
                threshold: { .debug }
            ) { fields in
                units.withLock { $0.append(fields.filter { $0.name == "OBJECT_SYSTEMD_UNIT" }.map(\.value)) }
            }
        }
        logger.info("of none")
        logger[metadataKey: "process.name"] = "httpd"
        logger.info("of a process")
        logger.info("of a unit", metadata: ["unit.name": "apache2.service"])
        logger.info("of a process alone", metadata: ["process.name": "alone"])
        let expected = [
            ["other.service"], ["other.service", "httpd.service"], ["other.service", "apache2.service"],
            ["other.service"],
        ]
        #expect(units.withLock { $0 } == expected)
    }

    @Test(.insideSystemdBox)
    func `journalctl and systemctl show an entry at the units that it is about`() async throws {
        let logger = Logger(label: "test") { _ in
            JournalLogHandler(identifier: "journal-test", alias: "old-name.service", unit: { "\($0).service" }) {
                .info
            }
        }
        let unit = try await TestUnit("journal-object", service: "ExecStart=/bin/sleep infinity")
        try await systemctl("start", unit.name.rawValue)
        logger.info("brought back", metadata: ["process.name": "journal-object"])
        try await TestCommand.run("journalctl", ["--sync"])
        for name in ["old-name", "journal-object"] {
            let run = try await TestCommand.run("journalctl", ["--no-pager", "-u", name])
            #expect(run.output.contains("brought back"), "\(name)")
        }
        let status = try await TestCommand.run("systemctl", ["status", "--no-pager", unit.name.rawValue])
        #expect(status.output.contains("brought back"), "\(status.output)")
    }

    @Test(arguments: zip(Logger.Level.allCases, [7, 7, 6, 5, 4, 3, 2]))
    func `levels are priorities`(level: Logger.Level, priority: Int) {
        var logger = logger()
        logger.logLevel = .trace
        logger.log(level: level, "said")
        #expect(entries.all.first?["PRIORITY"] == "\(priority)")
    }

    @Test func `the threshold may change while loggers live`() {
        let level = LevelBox(.error)
        let logger = logger { level.value }
        logger.info("unheard")
        level.value = .info
        logger.info("heard")
        #expect(entries.all.map { $0["MESSAGE"] } == ["heard"])
    }

    @Test(.insideSystemdBox)
    func `journalctl finds an entry by process, event and priority, newlines and all`() async throws {
        let logger = Logger(label: "test") { _ in JournalLogHandler(identifier: "journal-test") { .info } }
        let text = "first\nPRIORITY=0\nsecond ü"
        logger.error("it failed", metadata: ["process.name": "journal-web", "event": "test.failed", "text": "\(text)"])

        try await TestCommand.run("journalctl", ["--sync"])
        let found = try await TestCommand.run(
            "journalctl",
            ["--output=json", "--priority=err", "PROCESS_NAME=journal-web", "MONITOR_EVENT=test.failed"])
        let entry = try #require(
            try JSONSerialization.jsonObject(with: Data(found.output.utf8)) as? [String: Any], "\(found.output)")
        #expect(entry["PRIORITY"] as? String == "3")
        #expect(entry["MONITOR_TEXT"] as? String == text)
        #expect(entry["SYSLOG_IDENTIFIER"] as? String == "journal-test")
    }
}

private final class LevelBox: Sendable {
    private let level: Mutex<Logger.Level>
    init(_ level: Logger.Level) { self.level = Mutex(level) }

    var value: Logger.Level {
        get { level.withLock { $0 } }
        set { level.withLock { $0 = newValue } }
    }
}
