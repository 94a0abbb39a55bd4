import Glibc
import MonitorCore
import MonitorStore
import TestSupport
import Testing

/// Several hosts, tried in turn.
@Suite(.needsMariaDB) struct MariaDBConnectingTests {
    /// A host that accepts and says nothing, at an address of the loopback of which the port is free.
    private final class SilentHost: Sendable {
        let address: String
        private let descriptor: Int32

        init(port: UInt16) throws {
            for number in 2...250 {
                let address = "127.0.0.\(number)"
                guard let descriptor = Self.listen(at: address, port) else { continue }
                self.address = address
                self.descriptor = descriptor
                return
            }
            throw TestFailure("cannot listen at port \(port): \(String(cString: strerror(errno)))")
        }

        private static func listen(at address: String, _ port: UInt16) -> Int32? {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            inet_pton(AF_INET, address, &name.sin_addr)
            let isListening = withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                        && Glibc.listen(descriptor, 5) == 0
                }
            }
            if isListening { return descriptor }
            close(descriptor)
            return nil
        }

        deinit { close(descriptor) }
    }

    @Test func `a host that is not there, and one that accepts and says nothing, are passed over`() async throws {
        let server = try await MariaDBServer.shared
        try server.sql("CREATE OR REPLACE USER traveller IDENTIFIED BY 'secret-word'")
        let silent = try SilentHost(port: server.port)
        var settings = server.settings(database: "information_schema", user: "traveller")
        settings.connectTimeout = .seconds(1)
        settings.hosts = ["127.0.1.1", silent.address, "127.0.0.1"]
        let connection = try MariaDBConnection.connect(settings, password: Secret("secret-word"))
        #expect(connection.server.hasSuffix(" at 127.0.0.1:\(server.port)"))

        settings.hosts = ["127.0.1.1", silent.address]
        let error = try #require(throws: SQLError.self) {
            _ = try MariaDBConnection.connect(settings, password: Secret("secret-word"))
        }
        #expect(error.reason.contains("127.0.1.1:\(server.port): "))
        #expect(error.reason.contains("\(silent.address):\(server.port): no answer within 1 s"))
        #expect(!error.reason.contains("secret-word"))
        withExtendedLifetime(silent) {}
    }
}
