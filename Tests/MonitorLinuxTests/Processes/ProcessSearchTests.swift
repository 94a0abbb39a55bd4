import Glibc
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct ProcessSearchTests {
    private func search(_ entries: [ProcessEntry]) -> ProcessSearch {
        ProcessSearch(entries: entries, ownPID: 10, ancestors: [10, 9, 1])
    }

    private func find(_ name: String, in entries: [ProcessEntry]) throws -> ProcessSearch.Finding {
        search(entries).find(.name(try ProcessName(name)))
    }

    @Test func `finds all of a name, and nobody else`() throws {
        let entries: [ProcessEntry] = [.example(20, "worker"), .example(21, "other"), .example(22, "worker")]
        #expect(try find("worker", in: entries) == .found(ProcessSet([entries[0], entries[2]])))
        #expect(try find("none", in: entries) == .found(ProcessSet([])))
    }

    @Test func `passes over what has ended and what is a container's`() throws {
        let entries: [ProcessEntry] = [
            .example(20, "worker", state: "Z"), .example(21, "worker", state: "X"),
            .example(22, "worker", nested: true),
        ]
        #expect(try find("worker", in: entries) == .found(ProcessSet([])))
    }

    @Test(arguments: [
        (ProcessEntry.example(10, "worker"), "pid 10 is this daemon itself"),
        (.example(9, "worker"), "pid 9 is an ancestor of this daemon"),
        (.example(1, "worker"), "it is PID 1"),
        (.example(2, parent: 0, "worker", kernelThread: true), "pid 2 is a kernel thread"),
    ])
    func `refuses a name that is one's not to be touched`(_ entry: ProcessEntry, _ reason: String) throws {
        #expect(try find("worker", in: [.example(20, "worker"), entry]) == .refused(reason))
        #expect(search([entry]).find(entry.identity.pid) == .refused(reason))
    }

    @Test func `passes over the same ones when a text matches them`() {
        let worker = ProcessEntry.example(20, "sh", ["sh", "worker"])
        let entries: [ProcessEntry] = [
            worker, .example(10, "monitord", ["monitord", "--config", "worker.ini"]), .example(1, "sh", ["worker"]),
            .example(9, "sh", ["worker.sh"]),
        ]
        #expect(search(entries).find(.commandLine("worker")) == .found(ProcessSet([worker])))
    }

    @Test(
        arguments: [
            ["tail", "-f", "/opt/app.py"], ["vim", "/opt/app.py"], ["sudo", "less", "/opt/app.py"],
            ["monitorctl", "alarm", "set", "x", "--reason", "/opt/app.py hangs"], ["bash", "-c", "grep x /opt/app.py"],
        ])
    func `takes no operator's tool for the process that it is used on`(_ arguments: [String]) {
        let app = ProcessEntry.example(20, "python3", ["python3", "/opt/app.py"], executable: "/usr/bin/python3.11")
        let tool = ProcessEntry.example(21, arguments[0], arguments, executable: "/usr/bin/\(arguments[0])")
        #expect(search([app, tool]).find(.commandLine("/opt/app.py")) == .found(ProcessSet([app])))
    }

    @Test(
        arguments: [
            ("exec java -jar /srv/shop.jar", 20), ("/usr/bin/java -jar /srv/shop.jar", 20),
            ("exec /srv/run.sh --fast", 21),
            ("java -jar /srv/shop.jar --more", nil), ("java -jar", nil), ("java", nil),
            ("cd / && java -jar /srv/shop.jar", nil),
            ("sleep 10", nil), ("sleep 11", nil), ("sleep 12", nil),
        ] as [(String, pid_t?)])
    func `knows what runs already by the command that would start it`(_ command: String, _ pid: pid_t?) {
        let entries: [ProcessEntry] = [
            .example(20, "java", ["/usr/bin/java", "-jar", "/srv/shop.jar"]),
            .example(21, "run.sh", ["/bin/bash", "/srv/run.sh", "--fast"]),
            // Another user's, started here for another process, a container's.
            .example(22, "sleep", ["sleep", "10"], uids: [7, 7, 7, 7]),
            .example(23, "sleep", ["sleep", "11"], mark: "other/abc/home"),
            .example(24, "sleep", ["sleep", "12"], nested: true),
        ]
        #expect(search(entries).runs(command, as: 0) == pid)
    }

    @Test func `knows what was started here by its mark, its unit and its session`() throws {
        let name = try ProcessName("shop@1")
        let started = StartedProcess(identity: ProcessIdentity(pid: 30, startTime: 30), token: "abc")
        let group = "/system.slice/system-monitord.slice/monitord-process-shop\\x401-1f.service"
        let own: [ProcessEntry] = [
            // By its mark: root's, and one that has given up root and knows the token.
            .example(20, "a", mark: "shop@1/0//s"), .example(21, "b", uids: [7, 7, 7, 7], mark: "shop@1/abc//s"),
            .example(22, "c", controlGroup: group), .example(30, "d", session: 30), .example(31, "e", session: 30),
        ]
        let others: [ProcessEntry] = [
            .example(40, "a", uids: [7, 7, 7, 7], mark: "shop@1/0//s"), .example(41, "a", mark: "shop@2/abc//s"),
            // A login's shell below a server that was started here.
            .example(42, "bash", terminal: 34816, mark: "shop@1/abc//s"),
            .example(43, "c", controlGroup: "/user.slice/user-7.slice/user@7.service" + group),
            .example(44, "c", controlGroup: group.replacingOccurrences("shop", "shopping")),
            .example(45, "e", session: 45),
            // Another daemon's, which has a process of the same name.
            .example(47, "a", mark: "shop@1/abc//t"), .example(48, "c", mark: "shop@1/0//t", controlGroup: group),
            .example(46, "z", state: "Z", mark: "shop@1/abc//s"),
        ]
        let found = search(own + others).started(for: name, by: "/s", started, trusting: [0])
        #expect(found == ProcessSet(own))
        // The leader's pid was given to another since.
        let reused = search([.example(30, "d", startTime: 31, session: 30)])
        #expect(reused.started(for: name, by: "/s", started, trusting: [0]).isEmpty)
    }

    @Test func `counts as a user's what is the user's or root's, and what that has started`() {
        let entries: [ProcessEntry] = [
            .example(20, "w"), .example(21, parent: 20, "w", uids: [33, 33, 33, 33]),
            .example(22, "w", uids: [9, 9, 9, 9]),
            .example(23, "w", uids: [7, 7, 7, 7]),
        ]
        let set = ProcessSet(entries)
        #expect(set.owned(by: nil) == set)
        #expect(set.owned(by: 0).members.map(\.identity.pid) == [20, 21])
        #expect(set.owned(by: 7).members.map(\.identity.pid) == [20, 21, 23])
    }

    @Test func `takes along the workers of a pid, not what else it started`() {
        let server = ProcessEntry.example(20, "w", executable: "/bin/w")
        let worker = ProcessEntry.example(21, parent: 20, "renamed", executable: "/bin/w")
        let entries: [ProcessEntry] = [
            server, worker, .example(22, parent: 20, "sh", executable: "/bin/sh"),
            .example(23, parent: 1, "w", executable: "/bin/w"),
        ]
        #expect(search(entries).find(20) == .found(ProcessSet([server, worker])))
        #expect(search(entries).find(99) == .found(ProcessSet([])))
    }
}

extension String {
    fileprivate func replacingOccurrences(_ text: String, _ other: String) -> String { replacing(text, with: other) }
}

@Suite struct ProcessTableTests {
    private let table = ProcessTable([
        ProcessEntry.example(1, parent: 0, "init").stat, ProcessEntry.example(5, parent: 1, "a").stat,
        ProcessEntry.example(6, parent: 5, "b").stat, ProcessEntry.example(7, parent: 6, "c").stat,
        ProcessEntry.example(8, parent: 1, "d").stat,
    ])

    @Test func `follows parents up to PID 1`() {
        #expect(table.ancestors(of: 7) == [7, 6, 5, 1])
        #expect(table.ancestors(of: 99) == [99])
    }

    @Test func `follows children down`() {
        #expect(Set(table.descendants(of: 5).map(\.identity.pid)) == [6, 7])
        #expect(table.descendants(of: 8).isEmpty)
    }

    @Test func `ends although the table holds a circle`() {
        let circle = ProcessTable([
            ProcessEntry.example(5, parent: 6, "a").stat, ProcessEntry.example(6, parent: 5, "b").stat,
        ])
        #expect(circle.ancestors(of: 5) == [5, 6])
        #expect(circle.descendants(of: 5).map(\.identity.pid) == [6])
    }
}
