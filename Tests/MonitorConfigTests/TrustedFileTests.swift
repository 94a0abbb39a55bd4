import Glibc
import TestSupport
import Testing

@testable import MonitorConfig

@Suite struct TrustedFileTests {
    @Test(
        arguments: [
            // owner, mode, holds a secret, user, accepted
            (0, 0o600, true, 0, true), (0, 0o640, true, 0, true), (0, 0o644, true, 0, false),
            (0, 0o601, true, 0, false),
            (0, 0o644, false, 0, true), (0, 0o660, true, 0, false), (0, 0o602, false, 0, false),
            (0, 0o620, false, 0, false),
            // Whose file it is, says what root runs.
            (1000, 0o600, true, 0, false), (1000, 0o644, false, 0, false), (1000, 0o640, true, 0, false),
            (1000, 0o640, true, 1000, false), (0, 0o644, false, 1000, true), (0, 0o640, true, 1000, true),
            (1001, 0o644, false, 1000, false),
            (1000, 0o600, true, 1000, true), (1000, 0o664, false, 1000, true), (1000, 0o400, true, 1000, true),
            (1000, 0o666, false, 1000, false),
        ] as [(UInt32, UInt32, Bool, UInt32, Bool)])
    func `others may neither read a secret nor change what the daemon goes by`(
        owner: UInt32, mode: UInt32, holdsSecret: Bool, userID: UInt32, accepted: Bool
    ) {
        let permissions = FilePermissions(owner: owner, mode: mode)
        let complaint = permissions.complaint(holdsSecret: holdsSecret, kind: "file", path: "/x", userID: userID)
        #expect((complaint == nil) == accepted, "\(complaint ?? "accepted")")
    }

    @Test(
        arguments: [
            // owner, group, mode, user, accepted
            (0, 0, 0o755, 0, true), (0, 0, 0o775, 0, true), (0, 50, 0o775, 0, false), (0, 0, 0o757, 0, false),
            (0, 50, 0o1777, 0, true), (1000, 0, 0o755, 0, false), (1000, 0, 0o1777, 0, false),
            (1000, 1000, 0o775, 1000, true), (1000, 1000, 0o777, 1000, false), (0, 0, 0o755, 1000, true),
            (1001, 1001, 0o755, 1000, false),
        ] as [(UInt32, UInt32, UInt32, UInt32, Bool)])
    func `others may not put another file in its place`(
        owner: UInt32, group: UInt32, mode: UInt32, userID: UInt32, accepted: Bool
    ) {
        let step = TrustedFile.Step(
            path: "/d", permissions: FilePermissions(owner: owner, group: group, mode: mode))
        let complaint = step.complaint(kind: "file", path: "/d/x", userID: userID)
        #expect((complaint == nil) == accepted, "\(complaint ?? "accepted")")
    }

    @Test func `the way to a file is noted step by step, through links and back`() throws {
        let directory = ScratchDirectory()
        #expect(mkdir(directory.path("a"), 0o700) == 0 && mkdir(directory.path("b"), 0o700) == 0)
        directory.write("b/file", Array("text".utf8))
        #expect(symlink(directory.path("a/../b"), directory.path("a/link")) == 0)
        let file = try TrustedFile(reading: directory.path("a/./link//file"), limit: 100)
        #expect(String(decoding: file.bytes, as: UTF8.self) == "text")
        let (root, a, b) = (directory.root, directory.path("a"), directory.path("b"))
        #expect(
            file.way.map(\.path) == ["/", "/tmp", root, a, "\(a)/link", "/tmp", root, a, root, b])
        #expect(file.way.map(\.isLink).firstIndex(of: true) == 4)
        #expect(throws: TrustedFile.Failure.tooLarge(limit: 3)) {
            try TrustedFile(reading: directory.path("b/file"), limit: 3)
        }
    }
}
