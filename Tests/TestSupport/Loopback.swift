internal import Glibc

/// A free TCP port of the loopback, kept for a server that is to listen on it.
///
/// It stays bound here, so that nobody else is given it; a server that sets `SO_REUSEADDR`, as most do, can bind it
/// too (socket(7)).
final class LoopbackPort: Sendable {
    let port: UInt16
    private let socket: LoopbackSocket

    init() throws {
        socket = try LoopbackSocket()
        port = try socket.bind(to: "127.0.0.1", port: 0)
    }
}

/// A TCP socket on the loopback, closed when it goes.
package final class LoopbackSocket: Sendable {
    let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    convenience init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemCallFailed("socket") }
        self.init(descriptor)
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    convenience init(connectedTo port: UInt16) throws {
        try self.init()
        _ = try withAddress("127.0.0.1", port: port) { pointer, length in
            guard connect(descriptor, pointer, length.pointee) == 0 else { throw SystemCallFailed("connect") }
        }
    }

    /// Listens, and answers nobody: connections are made by the kernel alone.
    package convenience init(silentlyListeningOn address: String, port: UInt16) throws {
        try self.init()
        _ = try listen(on: address, port: port)
    }

    /// - Returns: the port.
    func listen(on address: String, port: UInt16) throws -> UInt16 {
        let port = try bind(to: address, port: port)
        guard Glibc.listen(descriptor, 16) == 0 else { throw SystemCallFailed("listen") }
        return port
    }

    /// - Parameter port: 0 for a free one.
    /// - Returns: the port.
    func bind(to address: String, port: UInt16) throws -> UInt16 {
        try withAddress(address, port: port) { pointer, length in
            guard Glibc.bind(descriptor, pointer, length.pointee) == 0, getsockname(descriptor, pointer, length) == 0
            else { throw SystemCallFailed("bind \(address)") }
        }
    }

    private func withAddress(
        _ address: String, port: UInt16,
        _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) throws -> Void
    ) throws -> UInt16 {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = inet_addr(address)
        name.sin_port = port.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutablePointer(to: &name) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { try call($0, &length) }
        }
        return UInt16(bigEndian: name.sin_port)
    }
}
