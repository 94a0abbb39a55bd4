import Testing

@testable import MonitorConfig
@testable import MonitorCore

@Suite struct ConfigurationParsingTests {
    private func parse(_ text: String) throws -> Configuration { try Configuration.parse(text, path: "test.ini") }

    private func problems(of text: String) -> [String] {
        do {
            _ = try Configuration.parse(text, path: "test.ini")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    // MARK: What is read

    @Test(arguments: [
        ("", 100), ("query_timeout = 300", 1260), ("host = a\nquery_timeout = 300\nconnect_timeout = 10", 1300),
        ("host = a, b, c\nconnect_timeout = 20", 340), ("socket = /s\nconnect_timeout = 20", 180),
    ])
    func `the engine may be late by what its store may wait for`(database: String, seconds: Int) throws {
        let configuration = try Configuration.parse("[database]\n\(database)\n", path: "test.ini")
        #expect(configuration.database.progressSlack == .seconds(seconds))
        // Frozen, a server lets one statement after another run into its limit: no recovery is a hang for that.
        #expect(configuration.database.progressSlack >= configuration.database.queryTimeout * 4)
    }

    @Test func `the file of the script is read unchanged and gives its values`() throws {
        let path = RepositoryFile.path("Tests/Fixtures/spec-config.ini")
        let configuration = try Configuration.parse(RepositoryFile.text("Tests/Fixtures/spec-config.ini"), path: path)

        var expected = Configuration()
        expected.path = path
        expected.database.backend = .mariadb
        expected.database.hosts = ["localhost"]
        expected.database.user = "root"
        expected.database.password = Secret("your_password")
        var apache = ProcessSettings()
        apache.strategy = .service
        apache.preRestartCommand = try CommandTemplate("/usr/sbin/apachectl configtest")
        apache.healthCheckCommand = try CommandTemplate("systemctl is-active apache2")
        apache.healthCheckTimeout = .seconds(10)
        apache.restartDelay = .seconds(5)
        expected.engine.processes = [try ProcessName("apache2"): apache]
        #expect(configuration == expected)
    }

    @Test func `a unit's name may be escaped`() throws {
        let configuration = try parse("[process.vpn]\nunit = openvpn@client\\x2dsite.service")
        let settings = configuration.engine.settings(for: try ProcessName("vpn"))
        #expect(settings.unit?.rawValue == #"openvpn@client\x2dsite.service"#)
    }

    @Test func `settings tell whether the file names the process`() throws {
        let configuration = try parse("[process.default]\nmax_attempts = 3\n[process.web]\n")
        #expect(configuration.engine.settings(for: try ProcessName("web")).isNamed)
        #expect(!configuration.engine.settings(for: try ProcessName("other")).isNamed)
    }

    @Test func `an empty file gives the built-in defaults`() throws {
        var expected = Configuration()
        expected.path = "test.ini"
        #expect(try parse("") == expected)
    }

    @Test func `every key reaches its setting`() throws {
        let configuration = try parse(
            """
            [database]
            backend = mariadb
            host = db1, db2 ::1
            port = 3307
            socket = /run/db.sock
            user = monitor
            password = 'a ; b'
            database = tables
            tls = verify
            tls_ca = /ca.pem
            tls_cert = /cert.pem
            tls_key = /key.pem
            connect_timeout = 3
            query_timeout = 1min
            change_feed = on
            [monitor]
            check_interval = 0.5
            max_restart_failures = 4
            circuit_reset_time = 10min
            host = web-1.example
            max_concurrent_restarts = 9
            circuit_reset_factor = 1.5
            circuit_reset_max = 2h
            circuit_reset_jitter = 0.2
            relapse_window = 0
            history_retention = 7d
            allow = web*, db?
            deny = mysqld
            [logging]
            max_log_size = 1
            log_files_to_keep = 0
            file = /tmp/log
            level = debug
            journal = off
            format = json
            """)

        let database = configuration.database
        #expect(database.backend == .mariadb)
        #expect(database.hosts == ["db1", "db2", "::1"])
        #expect(database.port == 3307)
        #expect(database.socket == "/run/db.sock")
        #expect(database.user == "monitor")
        #expect(database.password?.revealed == "a ; b")
        #expect(database.database == "tables")
        #expect(database.tls == .verify)
        #expect([database.tlsCA, database.tlsCertificate, database.tlsKey] == ["/ca.pem", "/cert.pem", "/key.pem"])
        #expect(database.connectTimeout == .seconds(3))
        #expect(database.queryTimeout == .seconds(60))
        #expect(database.changeFeed == .on)
        let monitor = configuration.engine
        #expect(monitor.checkInterval == .milliseconds(500))
        #expect(monitor.maxRestartFailures == 4)
        #expect(monitor.circuitResetTime == .seconds(600))
        #expect(configuration.host == "web-1.example")
        #expect(monitor.maxConcurrentRestarts == 9)
        #expect(monitor.circuitResetFactor == 1.5)
        #expect(monitor.circuitResetMax == .seconds(7200))
        #expect(monitor.circuitResetJitter == 0.2)
        #expect(monitor.relapseWindow == .zero)
        #expect(configuration.historyRetention == .seconds(7 * 86400))
        #expect(monitor.allow == ["web*", "db?"])
        #expect(monitor.deny == ["mysqld"])
        let logging = configuration.logging
        #expect(logging.maxLogSizeKB == 1)
        #expect(logging.logFilesToKeep == 0)
        #expect(logging.file == "/tmp/log")
        #expect(logging.level == .debug)
        #expect(logging.journal == .off)
        #expect(logging.format == .json)
    }

    @Test func `every key of a process reaches its setting`() throws {
        let configuration = try parse(
            """
            [database]
            path = /tmp/monitor.db
            password_file = 
            [process.worker]
            restart_strategy = process
            pre_restart_command = test -f /etc/worker # || exit 1
            health_check_command = "/opt/my worker/check" %s; echo "done"
            health_check_timeout = 1
            restart_delay = 0
            max_attempts = 5
            unit = worker@1
            start_command = /usr/bin/worker --x=y
            stop_command = kill $(cat /run/worker.pid)
            pid_file = /run/worker.pid
            match = worker --serve ; really
            user = nobody
            working_directory = /srv
            stop_timeout = 20
            command_timeout = 2min
            max_restart_failures = 7
            circuit_reset_time = 1h
            """)

        #expect(configuration.database.path == "/tmp/monitor.db")
        let worker = configuration.engine.settings(for: try ProcessName("worker"))
        #expect(worker.strategy == .process)
        #expect(worker.preRestartCommand?.text == "test -f /etc/worker # || exit 1")
        #expect(worker.healthCheckCommand.text == #""/opt/my worker/check" %s; echo "done""#)
        #expect(worker.healthCheckTimeout == .seconds(1))
        #expect(worker.restartDelay == .zero)
        #expect(worker.maxAttempts == 5)
        #expect(worker.unit?.rawValue == "worker@1.service")
        #expect(worker.startCommand?.text == "/usr/bin/worker --x=y")
        #expect(worker.stopCommand?.text == "kill $(cat /run/worker.pid)")
        #expect(worker.pidFile == "/run/worker.pid")
        #expect(worker.match == "worker --serve ; really")
        #expect(worker.user == "nobody")
        #expect(worker.workingDirectory == "/srv")
        #expect(worker.stopTimeout == .seconds(20))
        #expect(worker.commandTimeout == .seconds(120))
        #expect(worker.maxRestartFailures == 7)
        #expect(worker.circuitResetTime == .seconds(3600))
    }

    @Test(arguments: [
        "[process.default]\nrestart_delay = 7\nmax_attempts = 9\n[process.a]\nmax_attempts = 3\n",
        "[process.a]\nmax_attempts = 3\n[process.default]\nrestart_delay = 7\nmax_attempts = 9\n",
    ])
    func `a process's own section goes before the default one, wherever it stands`(text: String) throws {
        let configuration = try parse(text)
        let own = configuration.engine.settings(for: try ProcessName("a"))
        let other = configuration.engine.settings(for: try ProcessName("b"))

        #expect(own.maxAttempts == 3)
        #expect(own.restartDelay == .seconds(7))
        #expect(other.maxAttempts == 9)
        #expect(own.healthCheckTimeout == .seconds(5))
    }

    @Test func `an empty value takes away what the default section gave`() throws {
        let configuration = try parse(
            "[process.default]\npre_restart_command = false\n[process.a]\npre_restart_command =\n")

        #expect(configuration.engine.processDefaults.preRestartCommand != nil)
        #expect(configuration.engine.settings(for: try ProcessName("a")).preRestartCommand == nil)
    }

    @Test(arguments: [
        ("host = db1", DatabaseSettings.Backend.mariadb), ("socket = /run/db.sock", .mariadb), ("", .sqlite),
        ("backend = sqlite\nhost = db1", .sqlite), ("socket =", .sqlite), ("host =", .sqlite),
    ])
    func `the backend follows from a server's being named`(lines: String, backend: DatabaseSettings.Backend) throws {
        #expect(try parse("[database]\n\(lines)\n").database.backend == backend)
    }

    // MARK: What is refused

    @Test func `all problems of a file are told at once, in its order, a line each`() {
        let found = problems(
            of: """
                [monitor]
                check_intervall = 300
                max_restart_failures = many
                [process.a;b]
                [process.ok]
                max_attempts = 0
                """)

        #expect(
            found == [
                "test.ini:2: unknown key 'check_intervall' in [monitor]; did you mean 'check_interval'?",
                "test.ini:3: max_restart_failures: 'many' is not a whole number from 1 to 1000",
                "test.ini:4: [process.NAME]: name 'a;b' refused: "
                    + "it has a character other than A-Z a-z 0-9 _ . @ : + -",
                "test.ini:6: max_attempts: '0' is not a whole number from 1 to 100",
            ])
    }

    @Test(arguments: [
        ("[monitors]", "did you mean [monitor]?"), ("[proces.web]", "did you mean [process.web]?"),
        ("[apache2]", "a process's section is called [process.apache2]"), ("[a b]", "there are [database]"),
        ("[process.]", "is empty"), ("[monitor]\n[logging]\n[monitor]", "is there twice, first on line 1"),
        ("[monitor]\ncheck_interval = 5\ncheck_interval = 6", "is there twice in [monitor], first on line 2"),
        ("[monitor]\nzzz = 5", "its keys are check_interval, "),
        ("[database]\nchange_fead = on", "did you mean 'change_feed'?"),
        ("[process.web]\nhealth_check = true", "did you mean 'health_check_"),
        ("[monitor]\ncheck_interval = 5m", "5min"),
        ("[monitor]\ncheck_interval = 0", "out of range, which is 100ms to 1d"),
        ("[monitor]\ncheck_interval =", "there is no value"), ("[monitor]\ncircuit_reset_jitter = nan", "from 0 to 1"),
        ("[monitor]\ncircuit_reset_max = 10min", "less than 'circuit_reset_time', 30min"),
        ("[monitor]\nallow =", "there is no value"), ("[monitor]\nallow = a;b", "matches no name"),
        ("[monitor]\nallow = ,", "the list is empty"),
        ("[monitor]\nhost = a b", "is not a host's name"),
        ("[process.web]\nrestart_strategy = hard", "'hard' is none of: auto, service, process"),
        ("[process.web]\nhealth_check_command =", "there is no value"), ("[process.web]\nunit = ../x", "refused"),
        ("[process.web]\nunit = backup.timer", "it is a timer: only services are restarted, as 'backup.service'"),
        ("[process.web]\npid_file = run/web.pid", "begins with '/'"),
        ("[process.default]\npid_file = /run/web.pid", "in [process.default] would be that of every process"),
        ("[database]\nbackend = mariadb", "needs 'host' or 'socket'"),
        ("[database]\nuser = me", "needs 'host' or 'socket'"),
        ("[database]\nhost = db1:x", "has no port from 1 to 65535"), ("[database]\nhost = -x", "neither a host's name"),
        ("[database]\nhost = [::1]", "neither a host's name"), ("[database]\nhost = ,", "the list is empty"),
        ("[database]\nhost = h\nport = 65536", "not a port"),
        ("[database]\nhost = h\npassword = x\npassword_file = /x", "are both given"),
        ("[database]\nhost = h\npassword = #x\npassword_file = /x", "are both given"),
        ("[database]\nhost = h\ntls_cert = /x", "'tls_cert' needs 'tls_key'"),
        ("[database]\nhost = h\ntls_key = /x", "'tls_key' needs 'tls_cert'"),
        ("[logging]\nlevel = loud", "debug, info, warning, error"),
    ])
    func `what can't be meant is refused, with what can`(text: String, complaint: String) {
        let found = problems(of: text)
        #expect(found.count == 1)
        #expect(found.first?.contains(complaint) == true, "\(found)")
        let lastLine = text.split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(found.first?.hasPrefix("test.ini:\(lastLine): ") == true, "\(found)")
    }

    @Test func `a server that is not named is told once, at the first key that needs it`() {
        let found = problems(of: "[database]\ndatabase = d\nuser = u\npassword = p\ntls = required\n")
        #expect(
            found == [
                "test.ini:2: 'database' needs 'host' or 'socket'; where there is no server, say 'backend = sqlite'"
            ])
    }

    @Test func `no problem shows a password`() {
        let found = problems(of: "[database]\npassword = hunter2\npassword = hunter2\npassword hunter2\nhost = a:x\n")
        #expect(found.count == 3)
        #expect(found.allSatisfy { !$0.contains("hunter2") })
    }

    @Test func `what is quoted from the file can't write to a terminal`() {
        let found = problems(of: "[a\u{202E}b]\n[monitor]\n\u{202E}key = 1\ncheck_interval = \u{202E}\n")
        #expect(found.count == 3)
        #expect(found.allSatisfy { !$0.unicodeScalars.contains("\u{202E}") })
    }

    @Test(arguments: 0..<40)
    func `a damaged file is refused or read, never more`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let original = Array(try RepositoryFile.text("Tests/Fixtures/spec-config.ini").utf8)
        for _ in 0..<20 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                let at = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[at] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: at)
                default: bytes.insert(contentsOf: bytes[at...].prefix(40), at: at)
                }
            }
            var parser = ConfigurationParser(path: "test.ini")
            parser.parse(bytes)
            let lastLine = bytes.count { $0 == UInt8(ascii: "\n") } + 1
            #expect(parser.problems.allSatisfy { (1...lastLine).contains($0.place?.line ?? 0) })
            #expect(parser.problems.allSatisfy { !$0.description.contains("\n") })
        }
    }

    // MARK: What is warned of

    @Test(arguments: [
        ("[database]\nhost = h\nuser = root", "'user = root'"),
        ("[database]\nhost = h\ntls = disabled", "can be read on the way"),
        ("[database]\nhost = h\npath = /x", "'path' is not used with 'backend = mariadb'"),
        ("[database]\nbackend = sqlite\nhost = h", "'host' is not used with 'backend = sqlite'"),
        ("[process.a]\nhealth_check_command = \"pgrep -x a\"", "the quotes around all of 'health_check_command'"),
    ])
    func `what works and may still be a mistake is warned of`(text: String, warning: String) throws {
        let loaded = try LoadedConfiguration(parsing: Array(text.utf8), path: "test.ini")
        #expect(loaded.warnings.count == 1)
        #expect(loaded.warnings.first?.description.contains(warning) == true)
    }

    @Test(arguments: [
        "[database]\nhost = localhost\ntls = disabled", "[process.a]\nhealth_check_command = '/opt/check'",
    ])
    func `what is in order is not warned of`(text: String) throws {
        #expect(try LoadedConfiguration(parsing: Array(text.utf8), path: "test.ini").warnings.isEmpty)
    }
}

/// Random numbers that a seed decides, so that a failure can be had again.
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
