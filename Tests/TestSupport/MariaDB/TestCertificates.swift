internal import Glibc

/// A certificate authority of a test's own, with certificates for 127.0.0.1, made by the `openssl` program.
package struct TestCertificates: Sendable {
    package static let isAvailable = InstalledProgram.areInstalled("openssl")

    /// The authority's certificate.
    package var authority: String { "\(directory.path)/ca.pem" }
    /// A certificate that is good, and its key.
    package var certificate: String { "\(directory.path)/good.pem" }
    /// One of which the time is over.
    package var expired: String { "\(directory.path)/expired.pem" }
    /// One for another name.
    package var otherName: String { "\(directory.path)/other-name.pem" }
    package var key: String { "\(directory.path)/good.key" }
    /// The certificate of another authority, which made none of these.
    package var stranger: String { "\(directory.path)/stranger.pem" }

    private let directory: TemporaryDirectory

    package init() async throws {
        directory = try TemporaryDirectory()
        // Servers that all tests of a suite share need them to the end.
        directory.removeAtExit()
        let new = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        try await openssl("req -x509 \(new) -keyout ca.key -out ca.pem -subj /CN=authority -days 2")
        try await openssl("req -x509 \(new) -keyout stranger.key -out stranger.pem -subj /CN=stranger -days 2")
        try await openssl("req \(new) -keyout good.key -out good.csr -subj /CN=db -addext subjectAltName=IP:127.0.0.1")
        let sign = "x509 -req -in good.csr -CA ca.pem -CAkey ca.key -copy_extensions copy"
        try await openssl("\(sign) -out good.pem -days 2")
        try await openssl("\(sign) -out expired.pem -days -1")
        try await openssl(
            "req -new -key good.key -out other-name.csr -subj /CN=other -addext subjectAltName=DNS:other.example")
        try await openssl(
            "x509 -req -in other-name.csr -CA ca.pem -CAkey ca.key -copy_extensions copy -out other-name.pem -days 2")
        // The server reads them as a user of its own.
        chmod(directory.path, 0o755)
        for file in ["ca.pem", "good.pem", "expired.pem", "good.key"] { chmod("\(directory.path)/\(file)", 0o644) }
    }

    private func openssl(_ arguments: String) async throws {
        let words = arguments.split(separator: " ").map { word in
            word.hasSuffix(".pem") || word.hasSuffix(".key") || word.hasSuffix(".csr")
                ? "\(directory.path)/\(word)" : String(word)
        }
        let command = try await TestCommand.run("openssl", words)
        guard command.status == 0 else { throw TestFailure("openssl \(arguments): \(command.output)") }
    }
}
