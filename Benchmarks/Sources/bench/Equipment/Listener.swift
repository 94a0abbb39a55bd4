import Glibc

/// A listening socket that many checks connect to, each at an address of its own in 127/8: so it tells them apart, and
/// when each came, with nothing asked of what is measured.
final class Listener {
    let port: UInt16
    private let descriptor: Int32
    /// When each address was connected to last.
    private var last: [in_addr_t: Double] = [:]
    /// Milliseconds from one connection to the next of the same check.
    private(set) var gaps = Samples()

    init() throws {
        let descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 4096) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isListening else { throw Failure(call: "listen") }
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }

    /// The address of a check.
    static func host(_ number: Int) -> String { "127.1.\(number / 250).\(number % 250 + 1)" }

    /// Forgets what came until now.
    func forget() {
        last = [:]
        gaps = Samples()
    }

    /// Accepts connections for a while.
    func serve(seconds: Double) {
        let end = now() + seconds * 1000
        while case let left = end - now(), left > 0 {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, Int32(left) + 1) > 0 else { continue }
            while acceptOne() {}
        }
    }

    private func acceptOne() -> Bool {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { return false }
        defer { close(connection) }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(connection, $0, &size) }
        }
        let time = now()
        if let before = last.updateValue(time, forKey: address.sin_addr.s_addr) { gaps.add(time - before) }
        return true
    }
}
