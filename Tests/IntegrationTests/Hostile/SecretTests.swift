import Foundation
import MonitorStore
import TestSupport
import Testing

/// Where the database's password must not be found, whichever way it came in.
@Suite(.serialized) struct SecretTests {
    /// How the programs get the password.
    enum Source: String, CaseIterable, Sendable { case configuration, file, credential, variable }

    private static let password = "s3cret-c4nary-\(UInt32.random(in: 0...UInt32.max))"

    /// A database with an account of that password, and a site of which the configuration knows it.
    private struct Scene {
        let site: Site
        let database: TestDatabase
        let user: String
        var variables: [String: String] = [:]

        init(_ source: Source, password: String = SecretTests.password) async throws {
            (site, database) = (try Site(), try await MariaDBServer.shared.makeDatabase())
            user = "u\(UInt32.random(in: 0...UInt32.max))"
            try await database.root.run("CREATE USER \(user)@localhost IDENTIFIED BY '\(SecretTests.password)'")
            try await database.root.run("GRANT ALL ON \(database.name).* TO \(user)@localhost")
            variables = site.environment
            var section = """
                host = localhost
                socket = \(database.server.socket)
                user = \(user)
                database = \(database.name)
                """
            switch source {
            case .configuration: section += "\npassword = \(password)"
            case .file:
                try site.write("\(password)\n", to: "password", mode: 0o600)
                section += "\npassword_file = \(site.path("password"))"
            case .credential:
                try site.write("\(password)\n", to: "monitord-db-password", mode: 0o600)
                variables["CREDENTIALS_DIRECTORY"] = site.directory
            case .variable: variables["MONITOR_DATABASE_PASSWORD"] = password
            }
            let worker = try site.makeWorker()
            // Each command shows all that it can see of itself and of who runs it.
            let spy = "(env; cat /proc/$$/cmdline /proc/$PPID/cmdline; ls -l /proc/$$/fd) >> \(site.path("seen")) 2>&1"
            try site.configure(
                database: section,
                """
                [process.spied-worker]
                restart_strategy = process
                pre_restart_command = \(spy)
                start_command = \(spy); exec \(worker) %s
                pid_file = \(site.path("spied-worker")).pid
                health_check_command = \(spy); \(site.isAlive("spied-worker"))
                """)
        }

        func run(_ program: String, _ arguments: String...) throws -> Program {
            try Program(program, ["--config", site.configuration] + arguments, environment: variables)
        }

        func drop() {
            _ = try? database.server.sql("DROP DATABASE \(database.name)")
            _ = try? database.server.sql("DROP USER \(user)@localhost")
        }
    }

    @Test(.needsMariaDB, arguments: Source.allCases)
    func `a password that works is nowhere to be seen`(source: Source) async throws {
        let scene = try await Scene(source)
        defer { scene.drop() }
        let site = scene.site
        #expect(try await scene.run("monitorctl", "init").wait().status == 0)
        #expect(try await scene.run("monitorctl", "process", "add", "spied-worker").wait().status == 0)
        #expect(try await scene.run("monitorctl", "alarm", "set", "spied-worker").wait().status == 0)
        let daemon = try scene.run("monitord", "--log-level", "debug")
        try await eventually("it is served", in: daemon) {
            try await scene.database.root.scalar("SELECT alarma FROM STATUS_PROCESS") == "0"
        }
        let arguments = try String(contentsOfFile: "/proc/\(daemon.pid)/cmdline", encoding: .utf8)
        daemon.signal(SIGHUP)
        try await eventually("it has read its configuration again", in: daemon) {
            daemon.log.contains("config.reloaded")
        }
        var texts = ["the command line": arguments]
        for verb in ["status", "history", "check", "init"] {
            let result = try await scene.run("monitorctl", verb).wait()
            texts[verb] = result.output + result.error
        }
        texts["status --json"] = try await scene.run("monitorctl", "status", "--json").wait().output
        daemon.signal(SIGTERM)
        texts["standard error"] = try await daemon.wait().error
        texts["the log file"] = try String(contentsOfFile: site.log, encoding: .utf8)
        texts["what commands see"] = try String(contentsOfFile: site.path("seen"), encoding: .utf8)
        for table in ["STATUS_PROCESS", "MONITOR_EVENT", "MONITOR_HOST"] {
            texts[table] = "\(try await scene.database.root.rows("SELECT * FROM \(table)"))"
        }
        for file in try FileManager.default.subpathsOfDirectory(atPath: site.path("state")) {
            guard let bytes = FileManager.default.contents(atPath: site.path("state/\(file)")) else { continue }
            texts[file] = String(decoding: bytes, as: UTF8.self)
        }
        for (place, text) in texts {
            #expect(!text.isEmpty || place.hasPrefix("lock"), "\(place)")
            #expect(!text.contains(Self.password), "\(place)")
        }
        HostileCase(through: "password by \(source)", input: "looked for in \(texts.count) places").came(to: "in none")
    }

    @Test(.needsMariaDB, arguments: Source.allCases)
    func `a password that is wrong is not told either`(source: Source) async throws {
        let wrong = "wr0ng-c4nary-\(UInt32.random(in: 0...UInt32.max))"
        let scene = try await Scene(source, password: wrong)
        defer { scene.drop() }
        var texts: [String] = []
        for (program, arguments) in [
            ("monitord", ["--once", "--log-level", "debug"]), ("monitorctl", ["status"]), ("monitorctl", ["check"]),
        ] {
            let result = try await Program.run(
                program, ["--config", scene.site.configuration] + arguments, environment: scene.variables)
            #expect([1, 69].contains(result.status), "\(program) \(arguments) \(result.status)")
            texts.append(result.output + result.error)
            #expect(texts.last?.contains("check user, password") == true, "\(texts)")
        }
        texts.append(try String(contentsOfFile: scene.site.log, encoding: .utf8))
        #expect(texts.allSatisfy { !$0.contains(wrong) })
        HostileCase(through: "password by \(source)", input: "a wrong one", attempts: 3)
            .came(to: texts[1].replacingOccurrences(of: scene.user, with: "USER"))
    }
}
