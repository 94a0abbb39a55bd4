internal import Glibc

/// The way to the service manager's notification socket.
///
/// Not libsystemd's `sd_notify(3)`, which reads the environment at every call: it has been taken out of there.
struct NotifySocket: Sendable {
    private let address: sockaddr_un
    private let length: socklen_t

    /// - Parameter path: a path, or `@` and a name in the abstract name space; nil for what is neither.
    init?(path: String) {
        guard let first = path.utf8.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@") else { return nil }
        var bytes = Array(path.utf8)
        var address = sockaddr_un()
        guard bytes.count > 1, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        // An abstract name begins with NUL and ends with the length; a path ends with NUL.
        if first == UInt8(ascii: "@") { bytes[0] = 0 } else { bytes.append(0) }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        self.address = address
        length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path)! + bytes.count)
    }

    /// Sends a datagram.
    ///
    /// - Returns: whether it was taken.
    @discardableResult
    func send(_ text: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0, length)
                    == bytes.count
            }
        }
    }
}
