import Glibc
import TestSupport
import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite(.timeLimit(.minutes(2))) struct FileCheckTests {
    private let scene = CheckScene()
    private let scratch = ScratchDirectory()

    private func run(_ path: String, _ change: (inout FileTarget) -> Void = { _ in }) async throws -> CheckResult {
        var target = FileTarget(path: path)
        change(&target)
        return try await scene.run(.file(target))
    }

    private func date(_ path: String, _ seconds: Int) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let time = timespec(tv_sec: now.tv_sec + seconds, tv_nsec: 0)
        utimensat(AT_FDCWD, path, [time, time], 0)
    }

    @Test func `is there, or isn't`() async throws {
        let path = scratch.write("f", Array("hello".utf8))
        #expect(try await run(path) == .passed("5 bytes: file \(path)"))
        let none = scratch.path("none")
        #expect(try await run(none) == .failed("no such file or directory: file \(none)"))
        #expect(try await run("").isUnknown)
        #expect(try await run("/x\0y").isUnknown)
    }

    @Test func `by age`() async throws {
        let path = scratch.write("f", [])
        date(path, -100)
        #expect(try await run(path) { $0.maxAge = .seconds(600) }.hasPassed)
        let old = try await run(path) { $0.maxAge = .seconds(60) }
        #expect(old.hasFailed && old.message.hasPrefix("not changed for 10"), "\(old)")
        date(path, 3600)
        #expect(try await run(path) { $0.maxAge = .seconds(60) }.hasPassed)
    }

    @Test func `by size`() async throws {
        let path = scratch.write("f", [UInt8](repeating: 1, count: 2048))
        #expect(try await run(path) { ($0.minSize, $0.maxSize) = (2048, 2048) }.hasPassed)
        #expect(try await run(path) { $0.minSize = 2049 }.message == "2 KiB, less than 2 KiB: file \(path)")
        #expect(try await run(path) { $0.maxSize = 1024 } == .failed("2 KiB, more than 1 KiB: file \(path)"))
    }

    @Test func `by a text near its end`() async throws {
        let padding = [UInt8](repeating: UInt8(ascii: "x"), count: FileCheck.searchedBytes)
        let path = scratch.write("f", Array("first ".utf8) + padding + Array("last".utf8))
        #expect(try await run(path) { $0.contains = "last" }.hasPassed)
        let early = try await run(path) { $0.contains = "first" }
        #expect(early == .failed("'first' isn't in its last 256 KiB: file \(path)"))
        #expect(try await run(scratch.write("empty", [])) { $0.contains = "x" }.hasFailed)
    }

    @Test func `what is no regular file is never opened`() async throws {
        let fifo = scratch.path("fifo")
        mkfifo(fifo, 0o600)
        #expect(try await run(fifo) { $0.contains = "x" } == .failed("a FIFO, no regular file: file \(fifo)"))
        let place = scratch.root
        #expect(try await run(place) { $0.contains = "x" } == .failed("a directory, no regular file: file \(place)"))
        #expect(
            try await run("/dev/zero") { $0.contains = "x" } == .failed("a device, no regular file: file /dev/zero"))
    }

    @Test func `a link is followed, and a circle of links is not`() async throws {
        let (link, circle) = (scratch.path("link"), scratch.path("circle"))
        symlink(scratch.write("f", [1]), link)
        symlink(circle, circle)
        #expect(try await run(link).hasPassed)
        #expect(try await run(circle) == .failed("too many levels of symbolic links: file \(circle)"))
    }

    @Test(.enabled(if: geteuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0, "only root can mount"))
    func `on a file system that hangs the limit holds, and no thread more is lost at each run`() async throws {
        let mount = try HungMount(scratch.path("hung"))
        var target = FileTarget(path: mount.path + "/file")
        target.contains = "x"
        let check = try scene.check(.file(target))
        for _ in 0..<5 {
            let result = await check.run(limit: .milliseconds(100))
            #expect(result == .failed("no answer within 0.1 s from file \(target.path)"))
        }
        // Others are checked meanwhile.
        #expect(try await run(scratch.write("f", [])).hasPassed)
        mount.end()
        // Ended, it answers.
        #expect(await check.run(limit: .seconds(60)).message.contains("no answer") == false)
    }
}

/// A file system of which the server never answers.
private final class HungMount: Sendable {
    let path: String
    private let device: CInt

    init(_ path: String) throws {
        self.path = path
        mkdir(path, 0o700)
        device = open("/dev/fuse", O_RDWR | O_CLOEXEC)
        let options = "fd=\(device),rootmode=40000,user_id=0,group_id=0"
        guard device >= 0, mount("hung", path, "fuse", 0, options) == 0 else {
            throw TestFailure("cannot mount: \(String(cString: strerror(errno)))")
        }
    }

    /// Without a server every call to it fails.
    func end() {
        close(device)
        umount2(path, CInt(MNT_DETACH))
    }
}
