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
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("write") }
            rest = rest.dropFirst(count)
        }
    }
}
