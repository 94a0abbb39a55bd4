package import Glibc

/// A file descriptor that is closed when its owner goes.
package struct OwnedDescriptor: ~Copyable, Sendable {
    package let rawValue: CInt

    /// Takes over a descriptor that a system call has just returned.
    ///
    /// - Throws: the call's `errno` when it returned a negative number instead.
    package init(_ rawValue: CInt, from call: String) throws(SystemError) {
        guard rawValue >= 0 else { throw SystemError(call) }
        self.rawValue = rawValue
    }

    /// Opens a file, never to be inherited by a program; `mode` is for one that this creates.
    package init(opening path: String, _ flags: CInt, mode: mode_t = 0o600) throws(SystemError) {
        try self.init(open(path, flags | O_CLOEXEC, mode), from: "open")
    }

    /// Opens a file of the directory that this is.
    package func opening(_ name: String, _ flags: CInt, mode: mode_t = 0o600) throws(SystemError) -> OwnedDescriptor {
        try OwnedDescriptor(openat(rawValue, name, flags | O_CLOEXEC, mode), from: "open")
    }

    deinit { close(rawValue) }

    /// What kind of file this is, whose it is, and who may write it.
    package func status() throws(SystemError) -> stat {
        var status = stat()
        guard fstat(rawValue, &status) == 0 else { throw SystemError("fstat") }
        return status
    }

    /// Reads what there is, up to `limit` bytes.
    package func read(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while bytes.count < limit {
            let count = Glibc.read(rawValue, &chunk, min(chunk.count, limit - bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("read") }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// Writes all of it.
    package func write(_ bytes: [UInt8]) throws(SystemError) {
        if let failure = bytes.withUnsafeBytes({ writeAll($0, to: rawValue).failure }) { throw failure }
    }
}

/// Writes all of the bytes to a descriptor, in one call as far as the system allows.
///
/// - Parameter waitsForRoom: where the descriptor is one that does not wait (another program may have set a terminal
///   so), this waits until there is room.
/// - Returns: how many bytes were written, and why not all of them.
@discardableResult
package func writeAll(
    _ bytes: UnsafeRawBufferPointer, to descriptor: CInt, waitsForRoom: Bool = false
) -> (count: Int, failure: SystemError?) {
    var count = 0
    while count < bytes.count {
        let written = write(descriptor, bytes.baseAddress! + count, bytes.count - count)
        if written < 0 {
            if errno == EINTR { continue }
            let failure = SystemError("write")
            var whenWritable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if waitsForRoom, failure.code == EAGAIN, poll(&whenWritable, 1, -1) >= 0 { continue }
            return (count, failure)
        }
        guard written > 0 else { return (count, SystemError("write", code: EIO)) }
        count += written
    }
    return (count, nil)
}
