import TestSupport
import Testing

@testable import MonitorConfig
@testable import MonitorCore

@Suite struct ConfigurationChangesTests {
    private func changes(_ old: String, _ new: String) throws -> [ConfigurationChange] {
        try Configuration.parse(old, path: "old.ini").changes(to: Configuration.parse(new, path: "new.ini"))
    }

    @Test func `the same text in another order changes nothing`() throws {
        let changes = try changes(
            "[monitor]\ncheck_interval = 60\nhost = a\n[process.x]\nmax_attempts = 3\n",
            "[process.x]\nmax_attempts = 3\n[monitor]\nhost = a\ncheck_interval = 1min\n")
        #expect(changes.isEmpty)
    }

    @Test(arguments: [
        ("monitor", "check_interval", "7", false), ("monitor", "deny", "x", false), ("monitor", "host", "other", true),
        ("monitor", "history_retention", "7d", true), ("logging", "level", "debug", false),
        ("logging", "journal", "off", true), ("logging", "file", "/tmp/x.log", false),
        ("database", "path", "/tmp/x.db", true), ("database", "query_timeout", "9", true),
        ("process.default", "max_attempts", "9", false), ("process.x", "start_command", "true", false),
    ])
    func `a key that changes is named, with whether it takes a restart`(
        section: String, key: String, value: String, needsRestart: Bool
    ) throws {
        let expected = [ConfigurationChange(key: key, section: section, needsRestart: needsRestart)]
        #expect(try changes("", "[\(section)]\n\(key) = \(value)\n") == expected)
        #expect(try changes("[\(section)]\n\(key) = \(value)\n", "") == expected)
    }

    @Test func `a process that only follows the defaults is not named`() throws {
        let process = "[process.x]\nmax_attempts = 3\n"
        let changes = try changes(process, "[process.default]\nrestart_delay = 9\nmax_attempts = 4\n" + process)
        #expect(
            changes.map(\.description) == [
                "'restart_delay' of [process.default]", "'max_attempts' of [process.default]",
            ])
    }

    @Test func `every key of the store but its password, and of this host's rows, takes a restart`() {
        #expect(DatabaseSettings.keys.filter { !$0.needsRestart }.map(\.name) == ["password", "password_file"])
        #expect(Configuration.monitorKeys.filter(\.needsRestart).map(\.name) == ["host", "history_retention"])
    }
}
