internal import Glibc
package import MonitorCore
internal import MonitorStore
internal import Synchronization

/// A directory of a test's own, removed with everything in it when the test lets go of it.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws { path = try makeDirectory("/tmp/monitor-test-XXXXXX") }

    deinit { removeDirectory(path) }

    /// Also removes it when the process ends: what a static variable holds is never let go of.
    package func removeAtExit() {
        _ = Self.removal
        Self.removedAtExit.withLock { $0.append(path) }
    }

    private static let removedAtExit = Mutex<[String]>([])
    private static let removal = atexit {
        for path in TemporaryDirectory.removedAtExit.withLock(\.self) { removeDirectory(path) }
    }

    /// An embedded store in this directory.
    package func store(file: String = "monitor.db") -> any AlarmStore & ControlStore {
        makeStore(
            DatabaseSettings(), host: "here", path: "\(path)/\(file)", password: nil,
            historyRetention: Event.defaultRetention)
    }
}

/// Makes a directory of a name that nobody else has; `template` ends in `XXXXXX`.
package func makeDirectory(_ template: String) throws -> String {
    var path = Array(template.utf8CString)
    guard mkdtemp(&path) != nil else {
        throw TestFailure("cannot make directory '\(template)': \(String(cString: strerror(errno)))")
    }
    return String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}
