import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct ProcessEntryTests {
    private static let long = "a-name-longer-than-fifteen"

    @Test(arguments: [
        ("python3 -u app.py x", "app.py"), ("bash -eu /opt/app", "/opt/app"), ("perl -w a.pl", "a.pl"),
        ("node server.js", "server.js"), ("php -f /srv/a.php", "/srv/a.php"),
        // What isn't a file of that name, or is none.
        ("python3 -m app", nil), ("node server", nil), ("bash -c x", nil), ("python3", nil),
    ])
    func `a script is a file where it has to be`(_ line: String, _ file: String?) throws {
        let arguments = line.split(separator: " ").map { Array($0.utf8) }
        let interpreter = try #require(arguments.first.flatMap { Interpreter($0) })
        #expect(interpreter.scriptFile(of: arguments) == file.map { Array($0.utf8) })
    }

    @Test(
        arguments: [("3", [3]), ("ff,00000003", [3, 0, 0, 0, 255]), ("", nil), ("x", nil), ("0", [0])]
            as [(String, [UInt8]?)])
    func `a mask of CPUs is read as the kernel writes it`(_ text: String, _ bytes: [UInt8]?) {
        #expect([UInt8](cpuMask: text) == bytes)
    }

    @Test(
        arguments: [
            ("worker", ProcessEntry.example(2, "worker"), true),
            ("worker", .example(2, "worker2"), false),
            ("work", .example(2, "worker"), false),
            // Another program under its name, and its name under another program.
            ("worker", .example(2, "main", ["/x/worker", "-v"], executable: "/opt/bin/w3"), true),
            ("worker", .example(2, "main", ["w"], executable: "/opt/bin/worker"), true),
            ("worker", .example(2, "main", ["w"], executable: "/opt/bin/worker (deleted)"), true),
            ("worker", .example(2, "main", ["/worker/x"], executable: "/worker/y"), false),
            ("worker", .example(2, "main", ["vi", "/etc/worker"], executable: "/bin/vi"), false),
            // Cut by the kernel: only the whole name counts.
            (long, .example(2, String(long.prefix(15)), [long]), true),
            (long, .example(2, String(long.prefix(15)), ["x"], executable: "/bin/\(long)"), true),
            (long, .example(2, String(long.prefix(15)), ["a-name-longer-than-another"]), false),
            (String(long.prefix(15)), .example(2, String(long.prefix(15)), [long]), false),
            (String(long.prefix(15)), .example(2, String(long.prefix(15)), ["other"]), true),
            // Scripts.
            ("worker", .example(2, "python3", ["python3", "/opt/worker"], executable: "/usr/bin/python3.11"), true),
            ("worker", .example(2, "sh", ["/bin/sh", "./worker", "x"], executable: "/bin/dash"), true),
            ("worker", .example(2, "sh", ["sh", "-c", "worker"], executable: "/bin/dash"), false),
            ("worker", .example(2, "less", ["less", "/opt/worker"], executable: "/usr/bin/less"), false),
            (
                "python3.11", .example(2, "worker", ["python3", "/opt/worker"], executable: "/usr/bin/python3.11"),
                false
            ),
            ("python3", .example(2, "python3", ["python3", "/opt/worker"], executable: "/usr/bin/python3.11"), true),
            // A link by another name: argv[0] and comm agree.
            (
                "redis-sentinel",
                .example(
                    2, "redis-sentinel", ["redis-sentinel *:26379 [sentinel]"], executable: "/usr/bin/redis-server"),
                true
            ),
            (
                "redis-server",
                .example(
                    2, "redis-sentinel", ["redis-sentinel *:26379 [sentinel]"], executable: "/usr/bin/redis-server"),
                false
            ),
            (
                "redis-server",
                .example(2, "redis-server", ["/usr/bin/redis-server *:6379"], executable: "/usr/bin/redis-server"), true
            ),
            ("httpd", .example(2, "httpd", ["httpd", "-f"], executable: "/bin/busybox"), true),
            ("busybox", .example(2, "httpd", ["httpd", "-f"], executable: "/bin/busybox"), false),
            (
                "nginx", .example(2, "nginx", ["nginx: master process /usr/sbin/nginx"], executable: "/usr/sbin/nginx"),
                true
            ),
        ] as [(String, ProcessEntry, Bool)])
    func `has exactly the names of its program`(_ name: String, _ entry: ProcessEntry, _ expected: Bool) throws {
        #expect(try entry.isNamed(ProcessName(name)) == expected)
    }

    @Test(
        arguments: [
            ("python3", "python3 -u /opt/S.py", "S", true), ("python3", "python3 -u /opt/S.py", "S.py", true),
            ("python3", "python3 -m M", "M", true), ("python3", "python3 -mM --x", "M", true),
            ("python3", "python3 -Wignore -X dev -uB S.py", "S", true),
            ("python3", "python3 -W ignore S.py", "ignore", false),
            ("python3", "python3 -c S", "S", false), ("python3", "python3 -m M", "python3.11", false),
            ("python3", "python3 -- S.py", "S", true), ("python3", "python3 -", "-", false),
            ("bash", "bash -eu S", "S", true), ("bash", "bash -euo pipefail S.sh", "S", true),
            ("bash", "bash -euo pipefail S.sh", "pipefail", false),
            ("bash", "bash --norc +x S", "S", true), ("bash", "bash -lc S", "S", false),
            ("bash", "bash --rcfile f S", "S", true),
            ("perl", "perl -w S", "S", true), ("perl", "perl -I lib -MIO::Socket -w S.pl", "S", true),
            ("perl", "perl -ne S", "S", false),
            ("ruby", "ruby -r json S.rb", "S", true),
            ("node", "node --max-old-space-size=99 -r dotenv S.js", "S", true),
            ("php", "php -d a=b -f S.php", "S", true), ("php", "php -S localhost:80 S.php", "S", false),
        ] as [(String, String, String, Bool)])
    func `is named by the script that an interpreter was given, behind its options`(
        _ comm: String, _ line: String, _ name: String, _ expected: Bool
    ) throws {
        let program = comm == "python3" ? "/usr/bin/python3.11" : "/usr/bin/\(comm)"
        let entry = ProcessEntry.example(2, comm, line.split(separator: " ").map(String.init), executable: program)
        guard let name = try? ProcessName(name) else { return }
        #expect(entry.isNamed(name) == expected)
    }

    @Test(
        arguments: [
            ("app.py", ["python3", "/opt/app.py"], true), ("app.py", ["tail", "-f", "app.py.log"], false),
            ("/opt/app.py", ["python3", "/opt/app.py", "-v"], true), ("/opt/app.py", ["vi", "/opt/app.python"], false),
            ("--queue=a", ["worker", "--queue=a"], true), ("--queue=a", ["worker", "--queue=ab"], false),
            ("queue=a", ["worker", "--queue=a"], false), ("--queue", ["worker", "--queue=a"], true),
            ("worker --queue mail", ["/usr/bin/worker", "--queue", "mail"], true), ("ail", ["worker", "mail"], false),
        ] as [(String, [String], Bool)])
    func `is matched by whole words alone`(_ text: String, _ arguments: [String], _ expected: Bool) {
        #expect(ProcessEntry.example(2, "x", arguments).commandLineContains(text) == expected)
    }

    @Test func `is matched by a text across its arguments`() {
        let entry = ProcessEntry.example(2, "java", ["java", "-jar", "/opt/app one.jar"])
        #expect(entry.commandLineContains("-jar /opt/app one.jar"))
        #expect(!entry.commandLineContains("java.*jar"))
        #expect(!entry.commandLineContains("app  one"))
    }
}

@Suite struct ProcessSetTests {
    @Test func `knows the server among its workers`() {
        let server = ProcessEntry.example(20, parent: 1, "w")
        let older = ProcessEntry.example(30, parent: 5, "w", startTime: 3)
        let set = ProcessSet([.example(21, parent: 20, "w"), server, .example(22, parent: 21, "w"), older])
        #expect(set.roots == [older, server])
        #expect(set.members.map(\.identity.pid) == [30, 20, 21, 22])
    }
}
