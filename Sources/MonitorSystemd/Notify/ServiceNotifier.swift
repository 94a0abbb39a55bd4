internal import Glibc
internal import MonitorCore
internal import Synchronization

/// Tells systemd how the daemon is. Where nobody asked to be told, it does nothing.
///
/// A report is one datagram, and is lost rather than waited for: a service manager that doesn't read must not stop the
/// daemon.
///
/// - SeeAlso: `sd_notify(3)`
public final class ServiceNotifier: Sendable {
    /// How often ``keepAlive()`` is due: half of what systemd allows; nil where there is no watchdog.
    public let watchdogInterval: Duration?

    private let socket: NotifySocket?
    private let lastStatus = Mutex<String?>(nil)

    public init(_ environment: ServiceEnvironment) {
        socket = environment.notifySocket.flatMap { NotifySocket(path: $0) }
        watchdogInterval = socket == nil ? nil : environment.watchdogLimit.map { $0 / 2 }
    }

    /// The daemon does its work: after its start, and after every reload, also after one that changed nothing.
    public func ready() { send(["READY=1"]) }

    /// What it is at, for `systemctl status`; sent when it is another text than the last.
    ///
    /// - Parameter text: one line.
    public func status(_ text: String) {
        let line = text.replacing("\n", with: " ")
        let isNew = lastStatus.withLock { last in
            guard last != line else { return false }
            last = line
            return true
        }
        if isNew { send(["STATUS=\(line)"]) }
    }

    /// It reads its configuration again; ``ready()`` must follow.
    public func reloading() {
        // Both in one datagram: systemd tells by the time which READY belongs to this.
        let microseconds = SystemClock.monotonicMicroseconds()
        send(["RELOADING=1", "MONOTONIC_USEC=\(microseconds)"])
    }

    /// It is about to end; nothing takes that back.
    public func stopping() { send(["STOPPING=1"]) }

    /// It gets on with its work; to be sent only when that is known.
    public func keepAlive() { send(["WATCHDOG=1"]) }

    private func send(_ assignments: [String]) { socket?.send(assignments.joined(separator: "\n")) }
}

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
