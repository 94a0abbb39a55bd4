import Foundation
import MonitorStore
import TestSupport
import Testing

/// The programs of `Examples/alarm`, as an application runs them: with an account that may do no more than it must.
@Suite(.needsMariaDB) struct ApplicationExamplesTests {
    struct Example: Sendable {
        /// What a shell runs.
        var command: String
        /// Succeeds where the language and its driver are installed.
        var probe: String

        func isInstalled() async throws -> Bool { try await TestCommand.run("sh", ["-c", probe]).status == 0 }

        static let directory = RepositoryFile("Examples/alarm").path
        static let python = Self(
            command: "/usr/bin/python3 \(directory)/alarm.py", probe: "/usr/bin/python3 -c 'import pymysql'")
        static let perl = Self(command: "perl \(directory)/alarm.pl", probe: "perl -MDBD::MariaDB -e 1")
        static let php = Self(
            command: "php \(directory)/alarm.php", probe: "php -r 'exit(extension_loaded(\"pdo_mysql\") ? 0 : 1);'")
        static let java = Self(
            command: "java -cp /usr/share/java/mariadb-java-client.jar \(directory)/Alarm.java",
            probe: "test -e /usr/share/java/mariadb-java-client.jar && java --list-modules | grep -q jdk.compiler")
        static let javaScript = Self(
            command: "NODE_PATH=/usr/share/nodejs node \(directory)/alarm.js",
            probe: "NODE_PATH=/usr/share/nodejs node -e 'require(\"mysql\")'")
    }

    @Test(.enabled("its driver is not installed", { try await Example.python.isInstalled() }))
    func `PyMySQL raises an alarm`() async throws {
        try await raises(Example.python.command)
    }

    @Test(.enabled("its driver is not installed", { try await Example.perl.isInstalled() }))
    func `DBI raises an alarm`() async throws {
        try await raises(Example.perl.command)
    }

    @Test(.enabled("its driver is not installed", { try await Example.php.isInstalled() })) func `PDO raises an alarm`()
        async throws
    {
        try await raises(Example.php.command)
    }

    @Test(.enabled("its driver is not installed", { try await Example.java.isInstalled() }))
    func `JDBC raises an alarm`() async throws {
        try await raises(Example.java.command)
    }

    @Test(.enabled("its driver is not installed", { try await Example.javaScript.isInstalled() }))
    func `Node.js raises an alarm`() async throws {
        try await raises(Example.javaScript.command)
    }

    @Test func `the C library raises an alarm`() async throws {
        let scratch = ScratchDirectory()
        let program = scratch.path("alarm")
        let compiler = "$(command -v cc || command -v clang)"
        let compiled = try await TestCommand.run(
            "sh",
            ["-c", "\(compiler) \(Example.directory)/alarm.c $(pkg-config --cflags --libs libmariadb) -o \(program)"])
        try #require(compiled.status == 0, "\(compiled.output)")
        try await raises(program)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")))
    func `Python's sqlite3 raises an alarm`() async throws {
        let site = try Site()
        try site.configure()
        try await site.ctl("init")
        try await site.ctl("process", "add", "httpd")
        for (id, status) in [("1", Int32(0)), ("1", 0), ("99", 1)] {
            let run = try await TestCommand.run(
                "/usr/bin/python3", ["\(Example.directory)/alarm_sqlite.py", id, Self.reason],
                environment: ["DB_FILE": site.path("monitor.db")])
            #expect(run.status == status, "\(run.output)")
        }
        let row = try site.sql(
            "SELECT alarma, notes, revision FROM STATUS_PROCESS s JOIN MONITOR_ALARM USING (process_id)")
        #expect(row == [["1", String(Self.reason.prefix(100)), "2"]])
    }

    @Test func `the statements of the page do what it says, with the privileges that it gives`() async throws {
        let server = try await MariaDBServer.shared
        let database = try server.makeDatabase()
        _ = try await database.initializedStore()
        try server.sql("INSERT INTO PROCESE VALUES (17, 'orders')", in: database.name)
        try server.sql("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (17, 0)", in: database.name)
        let page = try RepositoryFile("docs/how-to/raise-an-alarm.md").text()
        let statements = page.matches(of: /(?s)```sql\n(.*?);\n```/).map { String($0.output.1) }
        try #require(statements.count == 3)
        let user = "orders_\(UInt32.random(in: 0 ... .max))"
        try server.sql("CREATE USER \(user)@localhost")
        defer { _ = try? server.sql("DROP USER \(user)@localhost") }
        try server.sql(
            statements[2].replacingOccurrences(of: "'orders'@'localhost'", with: "\(user)@localhost")
                .replacingOccurrences(of: "v_process_monitor", with: database.name))
        let application = try server.connection(to: database.name, as: user)
        func revision() throws -> String? {
            try server.sql("SELECT revision FROM MONITOR_ALARM", in: database.name).first?.first?.text
        }
        #expect(try application.execute(statements[1], [], keeps: false).affectedRows == 1)
        #expect(try revision() == "1")
        // Only where none stands; the plain one is an alarm once more.
        #expect(try application.execute(statements[1], [], keeps: false).affectedRows == 0)
        #expect(try revision() == "1")
        _ = try application.execute(statements[0], [], keeps: false)
        #expect(try revision() == "2")
    }

    /// With quotes, a letter that is no ASCII, and more characters than there is room for.
    private static let reason = "it's ä \"queue\" " + String(repeating: "x", count: 100)

    /// Twice, which is two alarms, and for a process that there is not.
    private func raises(_ command: String) async throws {
        let server = try await MariaDBServer.shared
        let database = try server.makeDatabase()
        _ = try await database.initializedStore()
        try server.sql("INSERT INTO PROCESE VALUES (1, 'httpd')", in: database.name)
        try server.sql("INSERT INTO STATUS_PROCESS (process_id, alarma) VALUES (1, 0)", in: database.name)
        let user = "app_\(UInt32.random(in: 0 ... .max))"
        try server.sql("CREATE USER \(user)@'%' IDENTIFIED BY 'a secret'")
        defer { _ = try? server.sql("DROP USER \(user)@'%'") }
        try server.sql(
            "GRANT SELECT (process_id, alarma), UPDATE (alarma, notes) ON \(database.name).STATUS_PROCESS TO \(user)@'%'"
        )
        let environment = [
            "DB_HOST": "127.0.0.1", "DB_PORT": "\(server.port)", "DB_NAME": database.name, "DB_USER": user,
            "DB_PASSWORD": "a secret",
        ]
        for (id, isThere) in [("1", true), ("1", true), ("99", false)] {
            let run = try await TestCommand.run(
                "sh", ["-c", command + " \"$@\"", "sh", id, Self.reason], environment: environment)
            #expect((run.status == 0) == isThere, "\(run.output)")
            if !isThere { #expect(run.output.contains("there is no such process"), "\(run.output)") }
        }
        let rows = try server.sql(
            "SELECT alarma, notes, revision FROM STATUS_PROCESS s JOIN MONITOR_ALARM USING (process_id)",
            in: database.name)
        #expect(rows.map { $0.map(\.text) } == [["1", String(Self.reason.prefix(100)), "2"]])
    }
}
