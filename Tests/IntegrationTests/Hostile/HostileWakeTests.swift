import Foundation
import TestSupport
import Testing

/// What comes in through the wake socket.
@Suite(.serialized) struct HostileWakeTests {
    /// Sends datagrams of these sizes, again and again.
    ///
    /// - Returns: how many were taken.
    private func send(_ count: Int, sizes: [Int], to path: String, waits: Bool) throws -> Int {
        let flags = SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | (waits ? 0 : SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, Int32(flags), 0)
        defer { close(descriptor) }
        // A daemon that doesn't read must not keep the test waiting.
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let junk = [UInt8](repeating: UInt8(ascii: ";"), count: sizes.max() ?? 0)
        return try UnixAddress.with(path) { address, length in
            (0..<count).count { sendto(descriptor, junk, sizes[$0 % sizes.count], 0, address, length) >= 0 }
        }
    }

    @Test func `a flood of packets of any size does nothing but have it look, and starves nobody`() async throws {
        let canary = try await Canary()
        try await canary.configure(
            monitor: "check_interval = 3600", "[process.default]\nstart_command = \(canary.trap)")
        let daemon = try canary.site.monitord()
        try await eventually("the good one is served", in: daemon) { try await canary.isGoodServed() }
        let path = canary.site.path("run/wake")

        let taken = try send(100_000, sizes: [0, 1, 100, 4096, 65_536], to: path, waits: true)
        #expect(taken == 100_000)
        HostileCase(through: "wake socket", input: "packets of 0 to 64 KB", attempts: 100_000)
            .came(to: "\(taken) taken, nothing run, daemon alive")
        // During another flood an alarm is served as ever.
        async let flood = send(300_000, sizes: [0, 1], to: path, waits: true)
        let result = try await canary.site.ctl("alarm", "set", Canary.good, "--wait", "--timeout", "60s")
        #expect(result.status == 0, "\(result.error) \(daemon.log)")
        #expect(try await flood == 300_000)
        HostileCase(through: "wake socket", input: "a flood, and an alarm during it", attempts: 300_000)
            .came(to: "the alarm is served")
        #expect(canary.traces == [])
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.pid)/fd").count
        #expect(descriptors < 64)
        try await canary.end(daemon)
    }

    @Test func `a datagram that is larger than any is refused by the kernel`() async throws {
        let canary = try await Canary()
        try await canary.configure()
        let daemon = try canary.site.monitord()
        try await eventually("the good one is served", in: daemon) { try await canary.isGoodServed() }
        #expect(try send(3, sizes: [8 << 20], to: canary.site.path("run/wake"), waits: false) == 0)
        try await canary.end(daemon)
        HostileCase(through: "wake socket", input: "datagrams of 8 MB", attempts: 3).came(to: "refused by the kernel")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can be another user"))
    func `another user can't wake it, and can't take its place`()
        async throws
    {
        let canary = try await Canary()
        try await canary.configure(monitor: "check_interval = 3600")
        let daemon = try canary.site.monitord()
        try await eventually("the good one is served", in: daemon) { try await canary.isGoodServed() }
        let path = canary.site.path("run/wake")
        // Even where somebody has opened the directories.
        for directory in [canary.site.directory, canary.site.path("run")] { chmod(directory, 0o755) }
        await #expect(processExitsWith: .success) { [path = path as String] in
            try #require(setgid(65534) == 0 && setuid(65534) == 0)
            let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            let sent = try UnixAddress.with(path) { sendto(descriptor, nil, 0, 0, $0, $1) }
            #expect(sent == -1 && errno == EACCES)
            #expect(unlink(path) == -1 && errno == EACCES)
        }
        try await canary.end(daemon)
        HostileCase(through: "wake socket", input: "a packet, and unlink, by another user", attempts: 2).came(
            to: "EACCES")
    }

    @Test func `what stands in the place of the socket is replaced, and its target left alone`() async throws {
        let canary = try await Canary()
        try await canary.configure()
        try FileManager.default.createDirectory(atPath: canary.site.path("run"), withIntermediateDirectories: true)
        try canary.site.write("precious", to: "target")
        symlink(canary.site.path("target"), canary.site.path("run/wake"))
        let daemon = try canary.site.monitord()
        try await eventually("the good one is served", in: daemon) { try await canary.isGoodServed() }
        #expect(try String(contentsOfFile: canary.site.path("target"), encoding: .utf8) == "precious")
        try await canary.end(daemon)
        HostileCase(through: "wake socket", input: "a symbolic link in its place").came(
            to: "replaced; the target untouched")
    }
}
