internal import Glibc
package import Testing

/// A file system of a test's own that is soon full.
package final class SmallDisk: Sendable {
    package let path: String

    package init(megabytes: Int) throws {
        path = try makeDirectory("/tmp/monitor-disk-XXXXXX")
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m,mode=0755") == 0 else {
            rmdir(path)
            throw TestFailure("cannot mount a tmpfs: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    private var ballast: String { "\(path)/ballast" }

    /// Takes all room that is left.
    package func fill() throws {
        let descriptor = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        let block = [UInt8](repeating: 1, count: 4096)
        while write(descriptor, block, block.count) > 0 {}
        guard errno == ENOSPC else { throw TestFailure("cannot fill the disk: \(String(cString: strerror(errno)))") }
    }

    package func empty() { unlink(ballast) }
}

extension Trait where Self == ConditionTrait {
    /// Only root may mount a file system; not in every container.
    package static var needsMount: Self {
        .integration(with: "the right to mount a tmpfs", isAvailable: (try? SmallDisk(megabytes: 1)) != nil)
    }

    /// Root is refused nothing by the permissions of a file.
    package static var needsOrdinaryUser: Self { .enabled(if: geteuid() != 0, "root may write everywhere") }
}
