import Glibc
import TestSupport
import Testing

@testable import MonitorCore
@testable import MonitorLinux

/// Against Python's own server, plain and with TLS, with a good certificate and others.
@Suite(
    .serialized, .timeLimit(.minutes(4)),
    .integration(with: "python3 with openssl", isAvailable: CheckPeers.isAvailable))
struct HTTPCheckTests {
    private static let shared = Task {
        let certificates = try await TestCertificates()
        return (certificates: certificates, peers: try await CheckPeers(certificates))
    }

    private let scene = CheckScene()
    private let certificates: TestCertificates
    private let peers: CheckPeers

    init() async throws { (certificates, peers) = try await Self.shared.value }

    private func url(_ path: String, _ server: String = "http") -> String {
        "\(server == "http" ? "http" : "https")://127.0.0.1:\(peers.port(server))\(path)"
    }

    private func run(
        _ url: String, limit: Duration = .seconds(30), _ change: (inout HTTPTarget) -> Void = { _ in }
    ) async throws -> CheckResult {
        var target = HTTPTarget(url: url)
        change(&target)
        return try await scene.run(.http(target), limit: limit)
    }

    @Test func `passes by status and by text`() async throws {
        #expect(try await run(url("/")).hasPassed)
        #expect(try await run(url("/")) { $0.contains = "is well" }.hasPassed)
        #expect(
            try await run(url("/")) { $0.contains = "is ill" }
                == .failed("'is ill' isn't in the first 256 KiB of the body (status 200): \(url("/"))"))
        #expect(try await run(url("/long")) { $0.contains = "the end" }.hasPassed)
        #expect(try await run(url("/late")) { $0.contains = "the end" }.hasFailed)
        #expect(try await run(url("/status/404")) { $0.expect = [200...299, 404...404] }.hasPassed)
        #expect(
            try await run(url("/status/503")) { $0.expect = [200...299, 404...404] }
                == .failed("status 503, not 200-299, 404: \(url("/status/503"))"))
    }

    @Test func `a redirect is an answer, and no secret of it is told`() async throws {
        #expect(
            try await run(url("/redirect?key=1"))
                == .failed("status 302 (to /redirect), not 200-299: \(url("/redirect"))"))
        #expect(try await run(url("/redirect")) { $0.expect = [302...302] }.hasPassed)
    }

    @Test func `sends the headers that are configured`() async throws {
        let result = try await run(url("/headers")) {
            $0.headers = ["Host: shop.example", "X-Empty:", "X-Two:  a: b"]
            $0.contains = "Host: shop.example"
        }
        #expect(result.hasPassed, "\(result)")
        for line in ["X-Empty: \n", "X-Two: a: b"] {
            let result = try await run(url("/headers")) {
                $0.headers = ["X-Empty:", "X-Two:  a: b"]
                $0.contains = line
            }
            #expect(result.hasPassed, "\(line): \(result)")
        }
    }

    @Test func `speaks to a Unix socket`() async throws {
        let path = peers.socketPath
        #expect(try await run("http://shop.example/") { $0.unixSocket = path }.hasPassed)
        #expect(
            try await run("http://shop.example/") { $0.unixSocket = path + "-none" }.message
                .hasPrefix("no such file or directory"))
    }

    @Test func `asks no proxy of the environment, and no other protocol`() async throws {
        let (peers, certificates) = (peers, certificates)
        _ = certificates
        setenv("http_proxy", "http://127.0.0.1:\(peers.port("refusing"))", 1)
        defer { unsetenv("http_proxy") }
        #expect(try await run(url("/")).hasPassed)
        #expect(try await run("file:///etc/passwd").isUnknown)
        #expect(try await run("gopher://127.0.0.1/").isUnknown)
    }

    @Test func `a name is looked up within the limit, and the certificate is for the name`() async throws {
        #expect(try await run("http://localhost:\(peers.port("http"))/").hasPassed)
        let result = try await run("https://localhost:\(peers.port("good"))/") {
            $0.certificateAuthorities = certificates.authority
        }
        #expect(result.hasFailed && result.message.hasPrefix("certificate not accepted: "), "\(result)")
    }

    // MARK: TLS

    @Test func `accepts a good certificate of the authority, and of no other`() async throws {
        #expect(try await run(url("/", "good")) { $0.certificateAuthorities = certificates.authority }.hasPassed)
        for file in [certificates.stranger, nil] {
            let result = try await run(url("/", "good")) { $0.certificateAuthorities = file }
            #expect(result.hasFailed && result.message.hasPrefix("certificate not accepted: "), "\(result)")
        }
    }

    @Test(arguments: ["expired", "other-name"])
    func `refuses a certificate that is not good`(_ server: String) async throws {
        let result = try await run(url("/", server)) { $0.certificateAuthorities = certificates.authority }
        #expect(result.hasFailed && result.message.hasPrefix("certificate not accepted: "), "\(result)")
        #expect(server != "expired" || result.message.contains("expired"), "\(result)")
    }

    @Test func `a file of authorities that isn't there is no fault of the server's`() async throws {
        let result = try await run(url("/", "good")) { $0.certificateAuthorities = "/nonexistent.pem" }
        #expect(result == .unknown("can't read certificates: /nonexistent.pem"))
    }

    @Test func `a server without TLS is no server of HTTPS`() async throws {
        #expect(try await run("https://127.0.0.1:\(peers.port("http"))/").hasFailed)
    }

    // MARK: Servers that behave badly

    @Test func `says what a server does instead of answering`() async throws {
        func base(_ name: String) -> String { "http://127.0.0.1:\(peers.port(name))/" }
        let refusing = try await run(base("refusing"))
        #expect(refusing == .failed("connection refused: \(base("refusing"))"))
        let closing = try await run(base("closing"))
        #expect(closing.hasFailed, "\(closing)")
        #expect(try await run(base("garbage"), limit: .seconds(3)).hasFailed)
        #expect(
            try await run(base("silent"), limit: .milliseconds(500))
                == .failed("no answer within 0.5 s from \(base("silent"))"))
        #expect(
            try await run("https://127.0.0.1:\(peers.port("silent"))/", limit: .milliseconds(500))
                == .failed("no answer within 0.5 s from https://127.0.0.1:\(peers.port("silent"))/"))
    }

    @Test func `a cancelled check returns at once`() async throws {
        let check = try scene.check(.http(HTTPTarget(url: "http://127.0.0.1:\(peers.port("silent"))/")))
        let run = Task { await check.run(limit: .seconds(3600)) }
        run.cancel()
        #expect(await run.value.isUnknown)
    }

    @Test func `many at once need one thread, and leave no descriptor`() async throws {
        let (plain, silent) = (url("/"), "http://127.0.0.1:\(peers.port("silent"))/")
        func openDescriptors() -> Int { (0..<4096).count { fcntl($0, F_GETFD) >= 0 } }
        func threads() -> Int { ProcFile(pid: getpid()).statusLines()["Threads"].flatMap { Int($0) } ?? 0 }
        func round() async throws {
            let quiet = try scene.check(.http(HTTPTarget(url: silent)))
            let good = try scene.check(.http(HTTPTarget(url: plain)))
            await withTaskGroup(of: CheckResult.self) { group in
                for _ in 0..<50 {
                    group.addTask { await quiet.run(limit: .milliseconds(400)) }
                    group.addTask { await good.run(limit: .seconds(30)) }
                }
                for await result in group { #expect(result.hasPassed || result.message.hasPrefix("no answer within")) }
            }
        }
        try await round()
        let (before, threadsBefore) = (openDescriptors(), threads())
        for _ in 0..<3 { try await round() }
        // Others' tests, in the same program, open and close theirs meanwhile.
        #expect(openDescriptors() < before + 40)
        #expect(threads() < threadsBefore + 20)
    }
}

@Suite struct HTTPAddressTests {
    @Test(arguments: [
        ("http://a", false, "a", 80, "http://a"), ("HTTPS://a.b:8443/x?y=z#f", true, "a.b", 8443, "https://a.b:8443/x"),
        ("http://user:secret@a/", false, "a", 80, "http://a/"),
        ("http://[::1]:81/", false, "::1", 81, "http://[::1]:81/"),
        ("http://a:/", false, "a", 80, "http://a:/"), ("http://a?b", false, "a", 80, "http://a"),
        ("http://u@v@a/", false, "a", 80, "http://a/"),
    ])
    func `takes a URL apart, and shows no secret of it`(
        _ url: String, _ isSecure: Bool, _ host: String, _ port: UInt16, _ shown: String
    ) throws {
        let address = try HTTPAddress(parsing: url)
        #expect(address.isSecure == isSecure)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.shown == shown)
    }

    @Test(arguments: [
        "", "a", "ftp://a", "file:///etc/passwd", "http://", "http://:80", "http:///x", "http://a b",
        "http://a\r\nX: y",
        "http://a\\b", "http://ä", "http://a:0", "http://a:65536", "http://a:+80", "http://a:8x", "http://[::1",
        "http://[::1]x",
        "http://a\0",
    ])
    func `refuses what others could read in another way`(_ url: String) {
        #expect(throws: InvalidHTTPTarget.self) { try HTTPAddress(parsing: url) }
    }

    @Test(arguments: [
        "X: y\r\nHost: z", "X: y\nZ: z", "X: y\r", "X\0: y", "X: \u{7F}", "no colon", ": y", "X Y: z", "ä: b",
        "X-A:\u{301}b",
    ])
    func `refuses a header that is none, or more than one`(_ header: String) async throws {
        var target = HTTPTarget(url: "http://127.0.0.1/")
        target.headers = ["A: b", header]
        #expect(throws: InvalidHTTPTarget.self) { try target.headerLines() }
        let result = try await CheckScene().run(.http(target))
        #expect(result.isUnknown && result.message.hasPrefix("header 2 "))
    }
}
