import Testing

@testable import MonitorConfig
@testable import MonitorCore

/// The sample file and the reference: what they say is what the parser does.
@Suite struct SampleConfigurationTests {
    private static let keys: [(section: String, names: [String])] = [
        ("database", DatabaseSettings.keys.map(\.name)), ("monitor", Configuration.monitorKeys.map(\.name)),
        ("logging", LoggingSettings.keys.map(\.name)), ("process", ProcessSettings.keys.map(\.name)),
        ("check", CheckSection.keys.map(\.name)),
    ]

    /// The sample with all of its settings, those that are commented out too: a `;` with no blank behind it.
    private func uncommentedSample() throws -> String {
        let lines = try RepositoryFile.text("Resources/config.ini").split(
            separator: "\n", omittingEmptySubsequences: false)
        return lines.map { $0.hasPrefix(";") && !$0.hasPrefix("; ") ? $0.dropFirst() : $0 }.joined(separator: "\n")
    }

    /// The server of the sample, which nothing has as a default.
    private var sampleServer: DatabaseSettings {
        var database = DatabaseSettings()
        database.backend = .mariadb
        database.hosts = ["localhost"]
        database.user = "root"
        database.password = Secret("your_password")
        return database
    }

    @Test func `the sample as it is gives the built-in defaults, and a server`() throws {
        let sample = try RepositoryFile.text("Resources/config.ini")
        var expected = Configuration()
        expected.path = "config.ini"
        expected.database = sampleServer

        #expect(try Configuration.parse(sample, path: "config.ini") == expected)
    }

    @Test func `with every line in force it still gives the built-in defaults, where there are any`() throws {
        let sample = try uncommentedSample().split(separator: "\n").filter { !$0.hasPrefix("password =") }
        let configuration = try Configuration.parse(sample.joined(separator: "\n"), path: "config.ini")

        var expected = Configuration()
        expected.path = "config.ini"
        expected.database = sampleServer
        expected.database.password = nil
        expected.database.path = "/var/lib/monitord/monitor.db"
        expected.database.socket = "/run/mysqld/mysqld.sock"
        expected.database.passwordFile = "/etc/monitord/password"
        expected.database.tlsCA = "/etc/monitord/ca.pem"
        expected.database.tlsCertificate = "/etc/monitord/client.pem"
        expected.database.tlsKey = "/etc/monitord/client.key"
        expected.engine.circuitResetMax = BreakerPolicy.defaultResetMax
        expected.host = "web1"
        expected.engine.retryDelay = EngineSettings().checkInterval
        expected.engine.processDefaults.stableFor = ProcessSettings.defaultStableFor
        expected.engine.deny = ["mysqld", "mariadbd"]
        expected.logging.file = "/var/log/monitor_service.log"
        expected.engine.processDefaults.preRestartCommand = try CommandTemplate("test -e /etc/%s.conf")
        expected.engine.processDefaults.startCommand = try CommandTemplate("/usr/local/bin/%s --daemon")
        expected.engine.processDefaults.stopCommand = try CommandTemplate("/usr/local/bin/%s --stop")
        expected.engine.processDefaults.user = "nobody"
        expected.engine.processDefaults.workingDirectory = "/"
        expected.engine.processDefaults.maxRestartFailures = EngineSettings().maxRestartFailures
        expected.engine.processDefaults.circuitResetTime = EngineSettings().circuitResetTime
        #expect(configuration.database == expected.database)
        var engine = configuration.engine
        engine.processes = [:]
        #expect(engine.checks.map(\.kind.word) == ["unit", "file", "http", "nagios", "tcp", "resource"])
        engine.checks = []
        #expect(engine == expected.engine)
        #expect(configuration.logging == expected.logging)
        #expect(configuration.engine.processes.keys.map(\.rawValue) == ["apache2"])
    }

    @Test(arguments: keys.indices)
    func `the sample has every key`(index: Int) throws {
        let (section, names) = Self.keys[index]
        let document = INIDocument(reading: Array(try uncommentedSample().utf8))
        let present = document.sections.filter { $0.name.hasPrefix(section) }.flatMap(\.entries).map(\.key)

        #expect(Set(present) == Set(names))
    }

    // MARK: The reference

    /// The rows of a section's table in the reference: key and default.
    private func rows(of section: String) throws -> [(key: String, value: String)] {
        let text = try RepositoryFile.text("docs/reference/configuration.md")
        let lines = text.split(separator: "\n")
        let start = try #require(lines.firstIndex { $0.hasPrefix("## `[\(section)") })
        return lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }.filter { $0.hasPrefix("| `") }.map { row in
            let cells = row.split(separator: " | ", omittingEmptySubsequences: false)
            return (String(cells[0].dropFirst(3).dropLast()), String(cells[1]))
        }
    }

    @Test(arguments: keys.indices)
    func `the reference has every key, and no other`(index: Int) throws {
        let (section, names) = Self.keys[index]
        #expect(try rows(of: section).map(\.key).sorted() == names.sorted())
    }

    @Test(arguments: keys.indices)
    func `the defaults of the reference are the built-in ones`(index: Int) throws {
        let section = Self.keys[index].section
        let defaults = try rows(of: section).filter { $0.value.hasPrefix("`") && $0.value.hasSuffix("`") }
        #expect(defaults.count >= 4)
        // A server, so that its keys make sense; its own values are no defaults.
        let headers = [
            "process": "[process.default]", "database": "[database]\nhost = h", "check": "[check.x]\ntype = process",
        ]
        let header = headers[section] ?? "[\(section)]"
        let lines = defaults.map { "\($0.key) = \($0.value.dropFirst().dropLast())" }
        let given = try Configuration.parse("\(header)\n\(lines.joined(separator: "\n"))\n", path: "x")

        #expect(given == (try Configuration.parse("\(header)\n", path: "x")))
    }
}
