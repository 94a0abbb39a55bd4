import Glibc
import MonitorIO
import TestSupport
import Testing

@testable import MonitorCore
@testable import MonitorLinux

/// A socket that listens at a free port of all addresses of its family.
private final class Listener: Sendable {
    let descriptor: CInt
    let port: UInt16

    init(family: CInt, backlog: CInt = 16) throws {
        descriptor = socket(family, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isThere = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                listen(descriptor, backlog) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        // At the same place in both families.
        port = withUnsafeBytes(of: address) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
        guard isThere else { throw TestFailure("cannot listen") }
    }

    deinit { close(descriptor) }
}

@Suite(.timeLimit(.minutes(2))) struct ConnectionCheckTests {
    private let scene = CheckScene()

    @Test(arguments: [(AF_INET, "127.0.0.1", "127.0.0.1"), (AF_INET6, "::1", "[::1]")])
    func `a connection is accepted by an address of each family`(
        _ family: CInt, _ host: String, _ shown: String
    ) async throws {
        let listener = try Listener(family: family)
        let result = try await scene.run(.tcp(TCPTarget(host: host, port: listener.port)))
        #expect(result.hasPassed && result.message.hasSuffix("tcp \(shown):\(listener.port)"), "\(result)")
        withExtendedLifetime(listener) {}
    }

    @Test func `a name's addresses are tried until one accepts`() async throws {
        let listener = try Listener(family: AF_INET)
        let both: @Sendable (String, UInt16) throws(HostError) -> [NetworkAddress] = { _, port throws(HostError) in
            try NetworkAddress.lookUp("::1", port: port, numericOnly: true)
                + NetworkAddress.lookUp("127.0.0.1", port: port, numericOnly: true)
        }
        let check = TCPCheck(TCPTarget(host: "both.example", port: listener.port), lookUp: both)
        let result = await check.run(limit: .seconds(30))
        #expect(result.hasPassed && result.message.hasSuffix("tcp 127.0.0.1:\(listener.port)"), "\(result)")
        withExtendedLifetime(listener) {}
    }

    @Test func `a refused connection is said to be`() async throws {
        let port = try unusedPort()
        let result = try await scene.run(.tcp(TCPTarget(host: "127.0.0.1", port: port)))
        #expect(result == .failed("connection refused: tcp 127.0.0.1:\(port)"))
    }

    @Test func `a listener whose queue is full is silent, and the limit holds`() async throws {
        let listener = try Listener(family: AF_INET, backlog: 0)
        var fillers: [CInt] = []
        defer { for filler in fillers { close(filler) } }
        let address = try NetworkAddress.lookUp("127.0.0.1", port: listener.port, numericOnly: true)[0]
        for _ in 0..<4 {
            let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue
            let filler = socket(AF_INET, CInt(kind), 0)
            _ = address.connect(filler)
            fillers.append(filler)
        }
        let result = try await scene.run(
            .tcp(TCPTarget(host: "127.0.0.1", port: listener.port)), limit: .milliseconds(300))
        #expect(result == .failed("no answer within 0.3 s from tcp 127.0.0.1:\(listener.port)"))
        withExtendedLifetime(listener) {}
    }

    @Test func `a name server that is silent tells nothing of the process`() async throws {
        let (wait, end) = (BlockingSemaphore(), ContinuousClock.now + .seconds(20))
        defer { wait.signal() }
        let check = TCPCheck(TCPTarget(host: "db.example", port: 1)) { _, _ throws(HostError) in
            wait.wait()
            return []
        }
        for _ in 0..<3 {
            let result = await check.run(limit: .milliseconds(100))
            #expect(result == .unknown("no name server told the address of db.example within 0.1 s"))
        }
        #expect(ContinuousClock.now < end)
    }

    @Test func `a name that there is none of tells nothing of the process`() async throws {
        // A label of 64 bytes is none to any resolver.
        let host = String(repeating: "x", count: 64)
        #expect(try await scene.run(.tcp(TCPTarget(host: host, port: 80))).isUnknown)
    }

    @Test func `a cancelled check returns at once`() async throws {
        let listener = try Listener(family: AF_INET, backlog: 0)
        let address = try NetworkAddress.lookUp("127.0.0.1", port: listener.port, numericOnly: true)[0]
        var fillers: [CInt] = []
        defer { for filler in fillers { close(filler) } }
        for _ in 0..<4 {
            let filler = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            _ = address.connect(filler)
            fillers.append(filler)
        }
        let check = try scene.check(.tcp(TCPTarget(host: "127.0.0.1", port: listener.port)))
        let run = Task { await check.run(limit: .seconds(3600)) }
        run.cancel()
        #expect(await run.value.isUnknown)
        withExtendedLifetime(listener) {}
    }

    /// A port at which nothing listens any more.
    private func unusedPort() throws -> UInt16 { try Listener(family: AF_INET).port }

    // MARK: Unix sockets

    private func unixListener(_ path: String, type: __socket_type = SOCK_STREAM, backlog: CInt) throws -> CInt {
        let descriptor = socket(AF_UNIX, CInt(type.rawValue), 0)
        let address = try #require(LocalAddress(path: path))
        guard address.bind(descriptor) else { throw SystemError("bind") }
        if type == SOCK_STREAM { _ = listen(descriptor, backlog) }
        return descriptor
    }

    @Test func `a Unix socket accepts, by path and by name`() async throws {
        let scratch = ScratchDirectory()
        for path in [scratch.path("s"), "@monitor-check-\(getpid())"] {
            let listener = try unixListener(path, backlog: 4)
            defer { close(listener) }
            #expect(try await scene.run(.unix(path: path)).hasPassed)
        }
    }

    @Test func `what is no listening socket is said to be`() async throws {
        let scratch = ScratchDirectory()
        let path = scratch.path("s")
        #expect(try await scene.run(.unix(path: path)) == .failed("no such file or directory: unix \(path)"))
        close(try unixListener(path, backlog: 4))
        #expect(try await scene.run(.unix(path: path)) == .failed("connection refused: unix \(path)"))
        let datagrams = scratch.path("d")
        let descriptor = try unixListener(datagrams, type: SOCK_DGRAM, backlog: 0)
        defer { close(descriptor) }
        #expect(try await scene.run(.unix(path: datagrams)).hasFailed)
        #expect(try await scene.run(.unix(path: "relative")).isUnknown)
        #expect(try await scene.run(.unix(path: "/\(String(repeating: "x", count: 108))")).isUnknown)
        #expect(try await scene.run(.unix(path: "/x\0y")).isUnknown)
    }

    @Test func `a Unix socket whose queue is full is waited for within the limit`() async throws {
        let scratch = ScratchDirectory()
        let path = scratch.path("s")
        let listener = try unixListener(path, backlog: 0)
        defer { close(listener) }
        let filler = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(filler) }
        #expect(try #require(LocalAddress(path: path)).connect(filler))
        #expect(
            try await scene.run(.unix(path: path), limit: .milliseconds(200))
                == .failed("no answer within 0.2 s from unix \(path)"))
        let check = try scene.check(.unix(path: path))
        async let result = check.run(limit: .seconds(60))
        close(accept(listener, nil, nil))
        #expect(await result.hasPassed)
    }
}

/// A semaphore that a blocked thread waits for.
private final class BlockingSemaphore: @unchecked Sendable {
    private let value = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    init() { sem_init(value, 0, 0) }
    func wait() { sem_wait(value) }
    func signal() { sem_post(value) }
}
