import Glibc
import Logging
import TestSupport
import Testing

@testable import MonitorCore
@testable import MonitorLinux

/// A line is the message and nothing else, so that a test can count bytes.
private struct BareFormat: LogFormat {
    func line(for record: LogRecord) -> String { record.message + "\n" }
}

@Suite struct RotatingLogFileTests {
    private let directory = ScratchDirectory()

    private func policy(_ name: String = "log", limit: Int = 20, keep: Int = 2) -> RotatingLogFile.Policy {
        RotatingLogFile.Policy(path: directory.path(name), limit: limit, keep: keep, format: BareFormat())
    }

    private func log(_ file: RotatingLogFile, _ messages: String...) {
        for message in messages {
            file.write(LogRecord(time: Timestamp(milliseconds: 0), level: .info, message: message, metadata: [:]))
        }
    }

    // MARK: Rotation

    @Test func `the file is rotated when the next line would make it larger than the limit, and no byte earlier`() {
        let file = RotatingLogFile(policy())
        log(file, "123456789", "123456789")
        #expect(directory.contents == ["log"])

        log(file, "x")
        #expect(directory.text("log") == "x\n")
        #expect(directory.text("log.1") == "123456789\n123456789\n")
    }

    @Test func `the newest rotated file is number one, and the oldest goes`() {
        let file = RotatingLogFile(policy(limit: 2))
        log(file, "a", "b", "c", "d", "e")

        #expect(directory.contents == ["log", "log.1", "log.2"])
        #expect(["log", "log.1", "log.2"].map(directory.text) == ["e\n", "d\n", "c\n"])
    }

    @Test func `a line longer than the limit is written whole, alone`() {
        let file = RotatingLogFile(policy(limit: 5))
        log(file, "a", "123456789", "b")

        #expect(["log", "log.1", "log.2"].map(directory.text) == ["b\n", "123456789\n", "a\n"])
    }

    @Test func `where none is kept, the file just starts over`() {
        let file = RotatingLogFile(policy(limit: 2, keep: 0))
        log(file, "a", "b")

        #expect(directory.contents == ["log"])
        #expect(directory.text("log") == "b\n")
    }

    @Test func `fewer files to keep than before removes the surplus`() {
        let file = RotatingLogFile(policy(limit: 2, keep: 4))
        log(file, "a", "b", "c", "d", "e")
        #expect(file.apply(policy(limit: 2, keep: 1)) == nil)
        log(file, "f")

        #expect(directory.contents == ["log", "log.1"])
        #expect(directory.text("log.1") == "e\n")
    }

    @Test func `what an earlier run left counts`() {
        directory.write("log", Array("1234567890123456789".utf8))
        log(RotatingLogFile(policy()), "xy")

        #expect(directory.text("log") == "xy\n")
        #expect(directory.text("log.1") == "1234567890123456789")
    }

    @Test func `a symbolic link in the place of a rotated file is replaced, and its target left alone`() {
        directory.write("precious", Array("precious".utf8))
        #expect(symlink(directory.path("precious"), directory.path("log.1")) == 0)
        log(RotatingLogFile(policy(limit: 2)), "a", "b")

        #expect(directory.text("precious") == "precious")
        #expect(directory.text("log.1") == "a\n")
    }

    @Test func `where rotating fails, the file starts over and says why`() {
        mkdir(directory.path("log.1"), 0o700)
        log(RotatingLogFile(policy(limit: 2, keep: 1)), "a", "b")

        #expect(directory.text("log") == "the log file can't be rotated and starts over\nb\n")
    }

    @Test func `writers of one file at the same time lose no line, whoever rotates`() async {
        let policy = policy(limit: 100, keep: 200)
        await withTaskGroup { group in
            for writer in 1...4 {
                group.addTask {
                    let file = RotatingLogFile(policy)
                    for number in 100..<300 { log(file, "\(writer)-\(number)") }
                }
            }
        }

        let lines = directory.contents.flatMap { (directory.text($0) ?? "").split(separator: "\n").map(String.init) }
        #expect(lines.sorted() == (1...4).flatMap { writer in (100..<300).map { "\(writer)-\($0)" } })
        #expect(directory.contents.count > 1)
    }

    // MARK: What happens to the file from outside

    @Test(arguments: [true, false])
    func `a file moved or deleted by somebody else is made anew`(isMoved: Bool) {
        let file = RotatingLogFile(policy())
        log(file, "a")
        let gone = isMoved ? rename(directory.path("log"), directory.path("moved")) : unlink(directory.path("log"))
        #expect(gone == 0)
        log(file, "b")

        #expect(directory.text("log") == "b\n")
        #expect(directory.text("moved") == (isMoved ? "a\n" : nil))
    }

    @Test func `missing directories are made, also while the log is being written`() {
        let file = RotatingLogFile(policy("deep/er/log"))
        log(file, "a")
        #expect(directory.text("deep/er/log") == "a\n")

        unlink(directory.path("deep/er/log"))
        rmdir(directory.path("deep/er"))
        log(file, "b")
        #expect(directory.text("deep/er/log") == "b\n")
    }

    @Test func `a symbolic link is not followed, and told with the remedy`() {
        #expect(symlink(directory.path("target"), directory.path("log")) == 0)
        let file = RotatingLogFile(policy())
        log(file, "a")

        #expect(file.reopen()?.contains("it is a symbolic link: name the file that it leads to") == true)
        #expect(directory.contents == ["log"])
    }

    @Test func `a directory in its place is told, and lines are written once it is gone`() {
        mkdir(directory.path("log"), 0o700)
        let file = RotatingLogFile(policy(limit: 100))
        #expect(file.reopen() == "cannot open log file '\(directory.path("log"))': is a directory")
        log(file, "a", "b")

        rmdir(directory.path("log"))
        log(file, "c", "d")
        #expect(directory.text("log") == "log lines were lost\nc\nd\n")
    }

    @Test func `the file is for its owner to write and its group to read`() throws {
        log(RotatingLogFile(policy()), "a")
        var status = stat()
        #expect(stat(directory.path("log"), &status) == 0)
        #expect(status.st_mode & 0o7777 & ~0o640 == 0)
    }

    @Test func `what a reload says holds from the next line on`() {
        let file = RotatingLogFile(policy())
        log(file, "a")
        #expect(file.apply(policy("other")) == nil)
        log(file, "b")

        #expect(directory.text("log") == "a\n")
        #expect(directory.text("other") == "b\n")
    }

    // MARK: A full disk

    @Test func `lines that a full device refuses are counted, and told once it takes lines again`() {
        let full = RotatingLogFile.Policy(path: "/dev/full", limit: 10, keep: 1, format: TextLogFormat())
        let file = RotatingLogFile(full)
        #expect(file.reopen() == nil)
        log(file, "a", "b", "c")
        var other = policy(limit: 1000)
        other.format = TextLogFormat()
        file.apply(other)
        log(file, "d")

        let lines = directory.text("log")?.split(separator: "\n") ?? []
        #expect(lines.count == 2)
        #expect(
            lines.first?.hasSuffix(
                "log lines were lost [event=log.lines_lost error.reason=\"no space left on device\" log.lines=3]")
                == true)
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a tmpfs"))
    func `a disk that fills up splits no line, and takes lines again when there is room`() throws {
        let disk = try SmallDisk(at: directory.path("disk"), bytes: 16384)
        let policy = policy("disk/log", limit: 1 << 20)
        let file = RotatingLogFile(policy)
        let message = String(repeating: "x", count: 999)
        for _ in 0..<30 { log(file, message) }

        let full = directory.text("disk/log")?.split(separator: "\n") ?? []
        #expect((1..<30).contains(full.count))
        #expect(full.allSatisfy { $0 == message })
        #expect(directory.text("disk/log")?.last == "\n")

        #expect(rename(directory.path("disk/log"), directory.path("disk/old")) == 0)
        #expect(truncate(directory.path("disk/old"), 0) == 0)
        log(file, "again")
        #expect(directory.text("disk/log") == "log lines were lost\nagain\n")
        withExtendedLifetime(disk) {}
    }
}

/// A tmpfs of a few pages, unmounted when the test is over.
private final class SmallDisk {
    private let path: String

    init(at path: String, bytes: Int) throws {
        self.path = path
        mkdir(path, 0o700)
        try #require(mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0)
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    /// Whether this process may mount: root may, where no container forbids it.
    static let isAvailable: Bool = {
        let directory = ScratchDirectory()
        guard mount("tmpfs", directory.root, "tmpfs", 0, "size=4096") == 0 else { return isRequired }
        umount2(directory.root, Int32(MNT_DETACH))
        return true
    }()

    /// A run that must skip nothing has the test fail where it can't mount.
    private static let isRequired = getenv("MONITOR_REQUIRE_INTEGRATION").map { String(cString: $0) == "1" } ?? false
}
