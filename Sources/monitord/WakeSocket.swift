// A dispatch source may be cancelled from anywhere; Dispatch on Linux does not declare that yet.
@preconcurrency import Dispatch
import Glibc
import MonitorIO

/// A local datagram socket on which any packet means "poll now". It carries no data: what a packet holds is thrown away.
///
/// Only the daemon's own user, and root, may write to it. A flood of packets costs a hundred polls a second at most.
final class WakeSocket: Sendable {
    private let path: String
    private let source: any DispatchSourceRead

    /// Binds the socket, in the place of one that a daemon before has left.
    ///
    /// The caller holds the ``InstanceLock``, so no daemon listens on the old one.
    ///
    /// - Parameter onPacket: called on a queue of Dispatch's; must return at once.
    init(path: String, onPacket: @escaping @Sendable () -> Void) throws(DaemonError) {
        let descriptor = try Self.bind(path)
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor)
        source.setEventHandler {
            var byte: UInt8 = 0
            while recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) >= 0 {}
            onPacket()
        }
        source.setCancelHandler { Glibc.close(descriptor) }
        source.activate()
        self.path = path
        self.source = source
    }

    /// Stops listening and removes the socket's file.
    func close() {
        source.cancel()
        unlink(path)
    }

    private static func bind(_ path: String) throws(DaemonError) -> Int32 {
        func failure(_ call: String, _ code: Int32) -> DaemonError {
            DaemonError("cannot listen on the wake socket '\(path)': \(SystemError(call, code: code))")
        }
        guard let address = LocalAddress(path: path) else {
            throw DaemonError(
                "cannot listen on the wake socket '\(path)': the path is longer than \(LocalAddress.longestPath) bytes")
        }
        let descriptor = LocalAddress.datagramSocket()
        guard descriptor >= 0 else { throw failure("socket", errno) }
        unlink(path)
        let mask = umask(0o177)
        let isBound = address.bind(descriptor)
        let code = errno
        umask(mask)
        guard isBound else {
            Glibc.close(descriptor)
            throw failure("bind", code)
        }
        return descriptor
    }
}
