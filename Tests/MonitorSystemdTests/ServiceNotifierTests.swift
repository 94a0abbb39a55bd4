import Glibc
import Testing

@testable import MonitorSystemd

@Suite struct ServiceNotifierTests {
    /// A service manager's end of the socket, in the abstract name space.
    private struct Receiver: ~Copyable {
        let name = "@process-monitor-test-\(UInt64.random(in: .min ... .max))"
        private let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)

        init() throws {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var bytes = Array(name.utf8)
            bytes[0] = 0
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path)! + bytes.count)
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(result == 0)
        }

        deinit { close(descriptor) }

        /// The datagrams that have arrived.
        func received() -> [String] {
            var datagrams: [String] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while case let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count >= 0 {
                datagrams.append(String(decoding: buffer[..<count], as: UTF8.self))
            }
            return datagrams
        }
    }

    private func notifier(to receiver: borrowing Receiver, watchdog: String? = nil) -> ServiceNotifier {
        var variables = ["NOTIFY_SOCKET": receiver.name]
        variables["WATCHDOG_USEC"] = watchdog
        return ServiceNotifier(ServiceEnvironment(variables, pid: 1, standardError: nil))
    }

    @Test func `reports its life in order`() throws {
        let receiver = try Receiver()
        let notifier = notifier(to: receiver)
        notifier.ready()
        notifier.keepAlive()
        notifier.stopping()
        #expect(receiver.received() == ["READY=1", "WATCHDOG=1", "STOPPING=1"])
    }

    @Test func `sends a status when it changes, as one line`() throws {
        let receiver = try Receiver()
        let notifier = notifier(to: receiver)
        for text in ["idle", "idle", "busy", "idle", "two\nREADY=1"] { notifier.status(text) }
        #expect(receiver.received() == ["STATUS=idle", "STATUS=busy", "STATUS=idle", "STATUS=two READY=1"])
    }

    @Test func `a reload tells its time in the same datagram`() throws {
        let receiver = try Receiver()
        notifier(to: receiver).reloading()
        let lines = try #require(receiver.received().first).split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let sent = try #require(lines.last?.split(separator: "=").last.flatMap { UInt64($0) })
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let now = UInt64(time.tv_sec) * 1_000_000
        #expect((now - 60_000_000...now + 1_000_000).contains(sent))
    }

    @Test func `a sign of life is due in half of the watchdog's time`() throws {
        let receiver = try Receiver()
        #expect(notifier(to: receiver, watchdog: "3000000").watchdogInterval == .milliseconds(1500))
        #expect(notifier(to: receiver).watchdogInterval == nil)
    }

    @Test(arguments: [nil, "relative", "/nowhere/at/all", "@", "/" + String(repeating: "x", count: 200)])
    func `without anybody to tell, nothing happens`(socket: String?) {
        var environment = ServiceEnvironment()
        environment.notifySocket = socket
        let notifier = ServiceNotifier(environment)
        notifier.ready()
        notifier.status("idle")
    }
}
