import Foundation
import Synchronization

/// Takes what a daemon tells its service manager, in the place of systemd, and keeps when the watchdog was fed.
final class NotifySocket: Sendable {
    let path: String
    private let descriptor: Int32
    private let pings = Mutex<[ContinuousClock.Instant]>([])

    init(at path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw Failure("cannot bind \(path): \(String(cString: strerror(errno)))") }
        Thread.detachNewThread { [self, descriptor] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
                guard String(decoding: buffer.prefix(count), as: UTF8.self).contains("WATCHDOG=1") else { continue }
                pings.withLock { $0.append(.now) }
            }
        }
    }

    /// Ends the thread that listens.
    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// What has a daemon feed a watchdog here.
    func environment(watchdog: Duration) -> [String: String] {
        ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "\(watchdog.components.seconds * 1_000_000)"]
    }

    /// The longest time without a sign of life since a moment, until now.
    func longestSilence(since start: ContinuousClock.Instant) -> Duration {
        let moments = [start] + pings.withLock { $0 }.filter { $0 > start } + [.now]
        return zip(moments.dropFirst(), moments).map { $0 - $1 }.max() ?? .zero
    }
}
