import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct ProcessSearchTests {
    private func search(_ entries: [ProcessEntry]) -> ProcessSearch {
        ProcessSearch(entries: entries, ownPID: 10, lineage: [10, 9, 1])
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

@Suite struct ProcessTableTests {
    private let table = ProcessTable([
        ProcessEntry.example(1, parent: 0, "init").stat, ProcessEntry.example(5, parent: 1, "a").stat,
        ProcessEntry.example(6, parent: 5, "b").stat, ProcessEntry.example(7, parent: 6, "c").stat,
        ProcessEntry.example(8, parent: 1, "d").stat,
    ])

    @Test func `follows parents up to PID 1`() {
        #expect(table.lineage(of: 7) == [7, 6, 5, 1])
        #expect(table.lineage(of: 99) == [99])
    }

    @Test func `follows children down`() {
        #expect(Set(table.descendants(of: 5).map(\.identity.pid)) == [6, 7])
        #expect(table.descendants(of: 8).isEmpty)
    }

    @Test func `ends although the table holds a circle`() {
        let circle = ProcessTable([
            ProcessEntry.example(5, parent: 6, "a").stat, ProcessEntry.example(6, parent: 5, "b").stat,
        ])
        #expect(circle.lineage(of: 5) == [5, 6])
        #expect(circle.descendants(of: 5).map(\.identity.pid) == [6])
    }
}
