import Foundation
import TestSupport
import Testing

/// Database servers that are not who they should be, as the daemon and the tool meet them.
@Suite(.serialized, .needsMariaDB, .integration(with: "openssl", isAvailable: TestCertificates.isAvailable))
struct HostileServerTests {
    /// Starts a server with an account that is let in over TCP.
    private func server(_ options: [String]) async throws -> TestDatabase {
        let made = try await Task.detached { try MariaDBServer(options: options) }.value.makeDatabase()
        for address in ["127.0.0.1", "127.0.0.2"] {
            try await made.root.run("CREATE USER 'tcp'@'\(address)' IDENTIFIED BY 'pw-c4nary'")
            try await made.root.run("GRANT ALL ON \(made.name).* TO 'tcp'@'\(address)'")
        }
        return made
    }

    /// Has both programs try, and gives what they say.
    private func expectRefusal(
        _ database: TestDatabase, _ tls: String, host: String = "127.0.0.1", saying words: String..., as input: String
    ) async throws {
        let site = try Site()
        let trap = "touch \(site.path("ran"))"
        try site.configure(
            database: """
                host = \(host)
                port = \(database.server.port)
                user = tcp
                password = pw-c4nary
                database = \(database.name)
                \(tls)
                """, "[process.default]\nstart_command = \(trap)")
        for arguments in [["--once"], ["status"], ["check"]] {
            let program = arguments == ["--once"] ? "monitord" : "monitorctl"
            let result = try await Program.run(
                program, ["--config", site.configuration] + arguments, environment: site.environment)
            let text = result.output + result.error
            #expect([1, 69].contains(result.status), "\(program) \(arguments) \(result.status)")
            for word in words { #expect(text.contains(word), "\(program): \(text)") }
            #expect(!text.contains("pw-c4nary") && text.obeyedByTerminals == [], "\(text)")
            guard arguments == ["status"] else { continue }
            HostileCase(
                through: "database server, \(tls.replacingOccurrences(of: "\n", with: ", "))", input: input, attempts: 3
            )
            .came(to: text)
        }
        #expect(!FileManager.default.fileExists(atPath: site.path("ran")))
    }

    @Test func `a server that can't prove who it is gets no password, and both programs say why`() async throws {
        let certificates = try await TestCertificates()
        func tls(_ certificate: String) -> [String] {
            [
                "--ssl-ca=\(certificates.authority)", "--ssl-cert=\(certificate)", "--ssl-key=\(certificates.key)",
                "--bind-address=127.0.0.1,127.0.0.2",
            ]
        }
        let good = try await server(tls(certificates.certificate))
        let verify = "tls = verify\ntls_ca ="
        try await expectRefusal(
            good, "\(verify) \(certificates.stranger)", saying: "certificate", "tls_ca", as: "of another authority")
        try await expectRefusal(
            good, "tls = verify", saying: "certificate", as: "of an authority unknown to the system")
        try await expectRefusal(
            good, "\(verify) \(certificates.authority)", host: "127.0.0.2",
            saying: "that the certificate is for this host",
            as: "for another name")
        try await expectRefusal(good, "\(verify) /nowhere/ca.pem", saying: "cannot read tls_ca", as: "no file tls_ca")
        try await expectRefusal(
            try await server(tls(certificates.expired)), "\(verify) \(certificates.authority)", saying: "expired",
            as: "expired")
        let plain = try await server(["--version=10.11.99\u{1B}[31mred\u{1B}]0;t\u{7}"])
        try await expectRefusal(plain, "tls = required", saying: "TLS", as: "offers no TLS")
        try await expectRefusal(
            plain, "\(verify) \(certificates.authority)", saying: "TLS", as: "offers no TLS")
        try await expectHarmlessVersion(of: plain)
    }

    /// The version that a server gives itself is a text of a stranger's, too.
    private func expectHarmlessVersion(of database: TestDatabase) async throws {
        let site = try Site()
        try site.configure(
            database: """
                host = 127.0.0.1
                port = \(database.server.port)
                user = tcp
                password = pw-c4nary
                database = \(database.name)
                """)
        #expect(try await site.ctl("init").status == 0)
        let daemon = try await site.monitord("--once").wait()
        #expect(daemon.status == 0 && daemon.error.contains("10.11.99"), "\(daemon.error)")
        let check = try await site.ctl("check")
        #expect(check.output.contains("10.11.99"), "\(check.output)")
        #expect((daemon.error + check.output + check.error).obeyedByTerminals == [])
        HostileCase(through: "database server", input: "terminal escapes in its version", attempts: 2).came(
            to: "escaped")
    }
}
