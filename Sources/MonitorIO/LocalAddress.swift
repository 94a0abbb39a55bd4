internal import Glibc

/// The address of a local socket.
///
/// - SeeAlso: `unix(7)`
package struct LocalAddress: Sendable {
    private let address: sockaddr_un
    private let length: socklen_t

    /// The longest path, in bytes.
    package static let longestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    /// - Parameter path: a path from the root, or `@` and a name in the abstract name space; nil for what is neither, or is
    ///   too long.
    package init?(path: String) {
        guard let first = path.utf8.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@") else { return nil }
        var bytes = Array(path.utf8)
        guard bytes.count > 1, bytes.count <= Self.longestPath else { return nil }
        // An abstract name begins with NUL and ends with the length; a path ends with NUL.
        if first == UInt8(ascii: "@") { bytes[0] = 0 } else { bytes.append(0) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        self.address = address
        length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path)! + bytes.count)
    }

    /// Binds a socket to it; `errno` tells why not.
    package func bind(_ descriptor: CInt) -> Bool { with { Glibc.bind(descriptor, $0, length) == 0 } }

    /// Connects a socket to it; `errno` tells why not.
    package func connect(_ descriptor: CInt) -> Bool { with { Glibc.connect(descriptor, $0, length) == 0 } }

    /// Sends a datagram to it, without waiting.
    ///
    /// - Returns: whether it was taken.
    package func send(_ bytes: [UInt8]) -> Bool {
        guard let descriptor = try? OwnedDescriptor(Self.datagramSocket(), from: "socket") else { return false }
        return with {
            sendto(
                descriptor.rawValue, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0, length)
                == bytes.count
        }
    }

    /// Finds out, without sending anything, whether a datagram would be taken.
    ///
    /// - Throws: why not: `ENOENT` where there is no socket, `ECONNREFUSED` where no program has it open.
    package func probe() throws(SystemError) {
        let descriptor = try OwnedDescriptor(Self.datagramSocket(), from: "socket")
        guard with({ Glibc.connect(descriptor.rawValue, $0, length) == 0 }) else { throw SystemError("connect") }
    }

    /// A socket for datagrams, never to be inherited by a program; negative where there is none.
    package static func datagramSocket() -> CInt {
        socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    private func with<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }
}
