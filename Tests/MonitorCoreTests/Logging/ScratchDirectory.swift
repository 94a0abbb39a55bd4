import Glibc
import TestSupport
import Testing

@testable import MonitorCore

/// A directory of a test's own, removed with everything in it when the test is over.
final class ScratchDirectory: Sendable {
    let root: String

    init() {
        var template = Array("/tmp/monitor-core-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("cannot make a directory in /tmp: error \(errno)") }
        root = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { removeDirectory(root) }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    /// Writes a file, with exactly that mode.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o600) -> String {
        let descriptor = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        #expect(descriptor >= 0 && Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        fchmod(descriptor, mode)
        close(descriptor)
        return path(name)
    }

    /// The text of a file; nil when there is none.
    func text(_ name: String) -> String? {
        guard let file = try? SmallFile(reading: path(name), limit: 1 << 26) else { return nil }
        return String(decoding: file.bytes, as: UTF8.self)
    }

    /// The names of what is in it, sorted.
    var contents: [String] { namesInDirectory(root) }
}
