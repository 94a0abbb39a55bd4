import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct ProcStatTests {
    private func line(_ comm: String, state: String = "S", flags: String = "4194560") -> [UInt8] {
        let rest = "1 42 42 0 -1 \(flags) 1 2 3 4 5 6 7 8 20 0 1 0 987654321 1000 200 18446744073709551615 0"
        return Array("42 (\(comm)) \(state) \(rest)\n".utf8)
    }

    @Test func `reads the fields`() throws {
        let stat = try #require(ProcStat(parsing: line("worker")))
        #expect(stat.identity == ProcessIdentity(pid: 42, startTime: 987_654_321))
        #expect(stat.comm == Array("worker".utf8))
        #expect(stat.parent == 1)
        #expect(stat.session == 42)
        #expect(stat.isAlive)
        #expect(!stat.isKernelThread)
    }

    @Test(arguments: ["", "a b", "a) S 1 (b", ")", "(", "))((", "a\nb", ") Z 0 0 0 0 0 0", "é…"])
    func `takes any name`(_ name: String) throws {
        let stat = try #require(ProcStat(parsing: line(name)))
        #expect(stat.comm == Array(name.utf8))
        #expect(stat.parent == 1)
    }

    @Test(arguments: ["Z", "X"])
    func `counts what has ended as not alive`(_ state: String) throws {
        #expect(try #require(ProcStat(parsing: line("worker", state: state))).isAlive == false)
    }

    @Test func `knows a kernel thread`() throws {
        #expect(try #require(ProcStat(parsing: line("kthreadd", flags: "2129984"))).isKernelThread)
    }

    @Test(arguments: [
        "", "42", "42 (worker", "42 worker) S", ")(", "x (worker) S 1 42 42", "42 (worker) S",
        "42 (worker) SS 1 42 42 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 9 1", "-1 (w) S 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9",
        "99999999999 (w) S 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9",
        "42 (w) S 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 99999999999999999999999",
    ])
    func `refuses anything else`(_ text: String) {
        #expect(ProcStat(parsing: Array(text.utf8)) == nil)
    }
}

@Suite struct ProcStatusTests {
    private func parse(_ text: String) -> ProcStatus? { ProcStatus(parsing: Array(text.utf8)) }

    @Test func `reads ids and groups`() throws {
        let status = try #require(
            parse(
                "Name:\tworker\nUid:\t1000\t1000\t1000\t1000\nGid:\t100\t100\t100\t100\nGroups:\t4 27 100 \nNSpid:\t7\n"
            ))
        #expect(status.credentials == LaunchSpec.Credentials(uid: 1000, gid: 100, groups: [4, 27, 100]))
        #expect(!status.isInNestedNamespace)
    }

    @Test func `knows a process of a container`() throws {
        let status = try #require(parse("Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t\nNSpid:\t4711\t12\n"))
        #expect(status.isInNestedNamespace)
        #expect(status.groups == [])
    }

    @Test(arguments: ["Uid:\t1000\t0\t0\t0\nGid:\t1\t1\t1\t1\n", "Uid:\t1\t1\t1\t1\nGid:\t1\t0\t0\t0\n"])
    func `gives a set-user-id program the rights of nobody`(_ text: String) throws {
        #expect(try #require(parse(text)).credentials == nil)
    }

    @Test(arguments: ["", "Uid:\t1\nGid:\t1\n", "Uid:\ta\tb\tc\td\nGid:\t0\t0\t0\t0\n", "Gid:\t0\t0\t0\t0\n"])
    func `refuses what lacks them`(_ text: String) {
        #expect(parse(text) == nil)
    }
}

@Suite struct ProcFileTests {
    @Test(
        arguments: [
            ([], []), ([97, 0], [[97]]), ([97], [[97]]), ([0], [[]]), ([97, 0, 0, 98, 0], [[97], [], [98]]),
            ([10, 0, 255, 0], [[10], [255]]),
        ] as [([UInt8], [[UInt8]])])
    func `splits texts that end with NUL`(_ bytes: [UInt8], _ parts: [[UInt8]]) {
        #expect(ProcFile.splitAtNUL(bytes) == parts)
    }
}
