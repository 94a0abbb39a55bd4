import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct PidFileTests {
    @Test(
        arguments: [
            ("42\n", 42), ("42", 42), (" 42 \r\n", 42), ("42\n/var/lib/db\n1700000000\n", 42), ("1\n", nil),
            ("0\n", nil),
            ("-1\n", nil), ("", nil), ("\n42\n", nil), ("42 43\n", nil), ("4e2\n", nil), ("99999999999\n", nil),
            ("４２\n", nil), ("+42\n", nil), ("\t\n", nil),
        ] as [(String, Int32?)])
    func `holds one sane pid`(_ text: String, _ pid: Int32?) {
        #expect(PidFile.parse(Array(text.utf8)) == pid)
    }

    @Test(
        arguments: [
            (0, [1000, 1000, 1000, 1000], 0, true), (1000, [1000, 1000, 1000, 1000], 0, true),
            (1001, [1000, 1000, 1000, 1000], 0, false), (1000, [0, 0, 0, 0], 0, false),
            (0, [0, 0, 0, 0], 500, true), (0, [0, 0, 0, 0], 1500, false), (0, [0, 0, 0, 0], -100_000, true),
        ] as [(UInt32, [UInt32], Int64, Bool)])
    func `speaks of an older process of its owner`(
        _ owner: UInt32, _ uids: [UInt32], _ startedAfterWriting: Int64, _ believed: Bool
    ) {
        let written = Timestamp(milliseconds: 1_000_000)
        let file = PidFile(pid: 42, owner: owner, writtenAt: written)
        let denial = file.denial(
            of: .example(42, "worker", uids: uids), startedAt: written + .milliseconds(startedAfterWriting))
        #expect((denial == nil) == believed)
    }
}
