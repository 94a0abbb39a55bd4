import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct ProcessEntryTests {
    private static let long = "a-name-longer-than-fifteen"

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
        ] as [(String, ProcessEntry, Bool)])
    func `has exactly the names of its program`(_ name: String, _ entry: ProcessEntry, _ expected: Bool) throws {
        #expect(try entry.isNamed(ProcessName(name)) == expected)
    }

    @Test func `is matched by a text across its arguments`() {
        let entry = ProcessEntry.example(2, "java", ["java", "-jar", "/opt/app one.jar"])
        #expect(entry.commandLineContains("-jar /opt/app one"))
        #expect(!entry.commandLineContains("java.*jar"))
        #expect(!entry.commandLineContains("app  one"))
    }
}

@Suite struct ProcessSetTests {
    @Test func `knows the server among its workers`() {
        let server = ProcessEntry.example(20, parent: 1, "w")
        let older = ProcessEntry.example(30, parent: 5, "w", startTime: 3)
        let set = ProcessSet([.example(21, parent: 20, "w"), server, .example(22, parent: 21, "w"), older])
        #expect(set.tops == [older, server])
        #expect(set.members.map(\.identity.pid) == [30, 20, 21, 22])
    }
}
