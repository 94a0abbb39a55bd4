internal import Glibc
internal import Testing

@testable import monitorctl

/// The packet to the daemon's socket, with a test in the place of the daemon.
@Suite struct WakeTests {
    @Test(
        "setting an alarm, clearing it, cancelling, resetting and releasing send an empty packet each; a hold is no reason to poll"
    )
    func notifies() async throws {
        try await Tool.with { tool in
            let listener = try Listener(path: tool.directory + "/wake")
            for command in [
                ["alarm", "set"], ["alarm", "clear"], ["alarm", "set"], ["cancel"], ["reset"], ["release"],
            ] {
                #expect(try await Self.run(command + ["httpd"], tool) == 0)
                #expect(listener.packet() == 0)
            }
            #expect(try await Self.run(["hold", "httpd"], tool) == 0)
            #expect(listener.packet() == nil)
        }
    }

    @Test("a socket that takes no more, or is none, is no error and no wait")
    func unwilling() async throws {
        try await Tool.with { tool in
            let listener = try Listener(path: tool.directory + "/wake")
            while WakeSocket(path: listener.path).notify() {}
            #expect(try await Self.run(["alarm", "set", "httpd"], tool) == 0)
            #expect(!WakeSocket(path: tool.configurationFile).notify())
            #expect(!WakeSocket(path: "/nonexistent/wake").notify())
            #expect(!WakeSocket(path: "/" + String(repeating: "x", count: 200)).notify())
        }
    }

    private static func run(_ arguments: [String], _ tool: Tool) async throws -> Int32 {
        try await Tool.run(
            ["--config", tool.configurationFile] + arguments, environment: ["RUNTIME_DIRECTORY": tool.directory]
        ).status
    }

    /// A datagram socket such as monitord has.
    private struct Listener: ~Copyable {
        let path: String
        private let descriptor: Int32

        init(path: String) throws {
            self.path = path
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let isBound = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
            guard isBound else { throw Tool.Errno() }
        }

        deinit { close(descriptor) }

        /// The size of the next packet; nil when there is none.
        func packet() -> Int? {
            var byte: UInt8 = 0
            let size = recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT))
            return size < 0 ? nil : size
        }
    }
}
