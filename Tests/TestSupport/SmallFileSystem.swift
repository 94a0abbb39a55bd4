internal import Glibc

/// A file system in memory that is soon full; only root can make one.
package final class SmallFileSystem: Sendable {
    package var path: String { "\(directory.path)/small" }
    private var ballast: String { "\(path)/ballast" }
    private let directory: TemporaryDirectory

    package init(megabytes: Int) throws {
        directory = try TemporaryDirectory()
        mkdir(path, 0o700)
        guard mount("none", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else { throw SystemCallFailed("mount") }
    }

    // Lazily: what is still open there goes when it is closed.
    deinit { umount2(path, Int32(MNT_DETACH)) }

    /// Leaves no room for anything more.
    package func fill() throws {
        let descriptor = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemCallFailed("open \(ballast)") }
        defer { close(descriptor) }
        let page = [UInt8](repeating: 0, count: 4096)
        while write(descriptor, page, page.count) > 0 {}
    }

    /// Makes room again.
    package func empty() throws {
        guard unlink(ballast) == 0 else { throw SystemCallFailed("unlink \(ballast)") }
    }
}
