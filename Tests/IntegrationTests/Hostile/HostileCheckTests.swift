import Glibc
import Logging
import MonitorIO
import TestSupport
import Testing

@testable import MonitorCore
@testable import MonitorLinux

/// Servers, plugins and files that checks ask, and that want to hold them up, to fill memory, or to be obeyed.
///
/// Each runs in a process of its own where descriptors are counted, so that nothing beside it opens any.
@Suite(
    .serialized, .timeLimit(.minutes(5)),
    .integration(with: "python3 with openssl", isAvailable: CheckPeers.isAvailable))
struct HostileCheckTests {
    private static func run(_ kind: CheckKind, limit: Duration = .seconds(60)) async throws -> CheckResult {
        let checks = LinuxChecks(
            manager: nil, stateDirectory: nil, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let name = try ProcessName("x")
        return await checks.makeCheck(CheckSpec(name: name, process: name, kind: kind), settings: ProcessSettings())
            .run(limit: limit)
    }

    private static func openDescriptors() -> Int { (0..<4096).count { fcntl($0, F_GETFD) >= 0 } }

    private static func residentKilobytes() -> Int {
        ProcFile(pid: getpid()).statusLines()["VmRSS"].flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
    }

    /// Asks one path of the bad server, within a limit that is long for the machine and short for the server.
    private func ask(_ path: String, input: String, limit: Duration, contains: String? = "the end") async throws
        -> CheckResult
    {
        let peers = try await CheckPeers()
        var target = HTTPTarget(url: "http://127.0.0.1:\(peers.port("http"))\(path)")
        target.contains = contains
        let before = Self.residentKilobytes()
        let begin = ContinuousClock.now
        let result = try await Self.run(.http(target), limit: limit)
        let grown = Self.residentKilobytes() - before
        #expect(begin.duration(to: .now) < limit + .seconds(20))
        #expect(grown < 30_000, "\(grown) KiB more")
        let port = "\(peers.port("http"))"
        HostileCase(through: "http check", input: input)
            .came(to: result.message.replacing(port, with: "PORT"))
        return result
    }

    @Test func `a server that sends 10 GB`() async throws {
        #expect(try await ask("/10gb", input: "a body of 10 GB", limit: .seconds(60)).hasFailed)
        #expect(
            try await ask("/10gb", input: "a body of 10 GB, any text will do", limit: .seconds(60), contains: nil)
                .hasPassed)
    }

    @Test func `a server that never ends`() async throws {
        #expect(try await ask("/endless", input: "a body without end", limit: .seconds(60)).hasFailed)
        #expect(try await ask("/many", input: "headers without end", limit: .seconds(60)).hasFailed)
    }

    @Test func `a server that sends a byte a second`() async throws {
        let result = try await ask("/drip", input: "a byte a second", limit: .seconds(2))
        #expect(result.hasFailed && result.message.contains("within 2 s"), "\(result)")
    }

    @Test func `a server that redirects in circles`() async throws {
        let result = try await ask("/redirect", input: "redirects in circles", limit: .seconds(60))
        #expect(result.hasFailed && result.message.hasPrefix("status 302"), "\(result)")
    }

    @Test func `a header that would be two`() async throws {
        var target = HTTPTarget(url: "http://127.0.0.1:1/")
        target.headers = ["X: y\r\n\r\nDELETE / HTTP/1.1"]
        let result = try await Self.run(.http(target))
        #expect(result.isUnknown)
        HostileCase(through: "http check, headers", input: target.headers[0]).came(to: result.message)
    }

    @Test func `10,000 connections that are refused leave nothing`() async {
        await #expect(processExitsWith: .success) {
            let peers = try await CheckPeers()
            let target = TCPTarget(host: "127.0.0.1", port: peers.port("refusing"))
            let url = HTTPTarget(url: "http://127.0.0.1:\(peers.port("refusing"))/")
            for kind in [CheckKind.tcp(target), .http(url)] { _ = try await HostileCheckTests.run(kind) }
            let before = HostileCheckTests.openDescriptors()
            let proof = dup(0)
            #expect(HostileCheckTests.openDescriptors() == before + 1)
            close(proof)
            let memory = HostileCheckTests.residentKilobytes()
            let kinds: [(CheckKind, Int)] = [(.tcp(target), 10_000), (.http(url), 1_000)]
            for (kind, attempts) in kinds {
                var refused = 0
                for _ in 0..<attempts {
                    if try await HostileCheckTests.run(kind).message.hasPrefix("connection refused") { refused += 1 }
                }
                #expect(refused == attempts)
            }
            #expect(HostileCheckTests.openDescriptors() == before)
            #expect(HostileCheckTests.residentKilobytes() - memory < 30_000)
        }
        HostileCase(through: "tcp and http check", input: "connections refused", attempts: 11_000)
            .came(to: "each told as refused, no descriptor left")
    }

    @Test func `servers that are silent, and runs that are cut off, leave no descriptor`() async {
        await #expect(processExitsWith: .success) {
            let peers = try await CheckPeers()
            let url = HTTPTarget(url: "http://127.0.0.1:\(peers.port("silent"))/")
            func round() async throws {
                await withTaskGroup(of: Void.self) { group in
                    for index in 0..<100 {
                        group.addTask {
                            let run = Task { try await HostileCheckTests.run(.http(url), limit: .milliseconds(300)) }
                            if index % 2 == 0 { run.cancel() }
                            _ = try? await run.value
                        }
                    }
                }
            }
            try await round()
            /// Connections are closed on the thread that made them, a moment after the answer.
            func settled(at count: Int) async -> Bool {
                for _ in 0..<600 {
                    if HostileCheckTests.openDescriptors() <= count { return true }
                    try? await Task.sleep(for: .milliseconds(50))
                }
                return false
            }
            let closed = await settled(at: 40)
            #expect(closed)
            let before = HostileCheckTests.openDescriptors()
            for _ in 0..<3 { try await round() }
            let settled = await settled(at: before)
            #expect(settled)
        }
        HostileCase(through: "http check", input: "a server that accepts and says nothing", attempts: 400)
            .came(to: "no answer within the limit, no descriptor left")
    }

    @Test func `a FIFO, a device and a plugin that floods`() async throws {
        let scratch = ScratchDirectory()
        let fifo = scratch.path("fifo")
        mkfifo(fifo, 0o600)
        for path in [fifo, "/dev/zero", "/proc/kmsg"] {
            var target = FileTarget(path: path)
            target.contains = "x"
            let result = try await Self.run(.file(target))
            HostileCase(through: "file check", input: path == fifo ? "a FIFO" : path)
                .came(to: result.message.replacing(scratch.root, with: "DIRECTORY"))
            #expect(!result.hasPassed || path == "/proc/kmsg")
        }
        let before = Self.residentKilobytes()
        let flood = try await Self.run(
            .nagios(try CommandTemplate("echo CRITICAL: flood; exec yes")), limit: .seconds(1))
        #expect(flood.hasFailed)
        #expect(Self.residentKilobytes() - before < 30_000)
        HostileCase(through: "nagios check", input: "output without end").came(to: flood.message)
    }
}
