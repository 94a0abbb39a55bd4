internal import Glibc
internal import MonitorIO

/// A directory of a test's own, removed with everything in it when the test is over.
package final class ScratchDirectory: Sendable {
    package let root: String

    package init() {
        var template = Array("/tmp/monitor-core-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("cannot make a directory in /tmp: error \(errno)") }
        root = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { removeDirectory(root) }

    package func path(_ name: String) -> String { "\(root)/\(name)" }

    /// Writes a file, with exactly that mode.
    @discardableResult
    package func write(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o600) -> String {
        let descriptor = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        precondition(descriptor >= 0 && Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        fchmod(descriptor, mode)
        close(descriptor)
        return path(name)
    }

    /// The text of a file; nil when there is none.
    package func text(_ name: String) -> String? {
        guard let file = try? OwnedDescriptor(opening: path(name), O_RDONLY), let bytes = try? file.read(limit: 1 << 26)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The names of what is in it, sorted.
    package var contents: [String] { namesInDirectory(root) }
}
