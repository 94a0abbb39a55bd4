import Glibc

/// Held while a daemon serves a state directory, so that no second one does: two would restart one process twice.
///
/// The kernel lets go of it when the daemon ends, however it ends.
final class InstanceLock: Sendable {
    private let descriptor: Int32

    init(path: String) throws(DaemonError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw DaemonError("cannot open the lock '\(path)': \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.holder(descriptor)
            close(descriptor)
            throw DaemonError("cannot start: monitord runs already\(holder), and holds '\(path)'")
        }
        let pid = "\(getpid())\n"
        ftruncate(descriptor, 0)
        _ = pid.withCString { pwrite(descriptor, $0, pid.utf8.count, 0) }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The pid in the file, for the message only.
    private static func holder(_ descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0, let pid = Int32(String(decoding: buffer[..<count], as: UTF8.self).filter(\.isNumber))
        else { return "" }
        return " as process \(pid)"
    }
}

/// Why the daemon can't start; a sentence for stderr.
struct DaemonError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
