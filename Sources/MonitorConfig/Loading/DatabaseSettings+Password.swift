public import MonitorCore

extension DatabaseSettings {
    /// The name of systemd's credential with the password: `LoadCredential=monitord-db-password:FILE`.
    public static let credentialName = "monitord-db-password"
    /// The environment variable with the password.
    public static let passwordVariable = "MONITOR_DATABASE_PASSWORD"

    /// The password to log in with, from the first of these that is there: `password`, `password_file`, the credential
    /// ``credentialName`` in `$CREDENTIALS_DIRECTORY`, and the variable ``passwordVariable``.
    ///
    /// A newline at the end of a file is not part of the password. A credential needs no check of its permissions:
    /// systemd gives it to the service alone (systemd.exec(5), Credentials).
    ///
    /// - Returns: nil when there is none: many a server lets a local user in by who he is.
    /// - Throws: ``ConfigurationError`` when a file can't be read, is empty, or can be read by others.
    public func resolvedPassword(environment: [String: String]) throws(ConfigurationError) -> Secret? {
        if let password { return password }
        if let passwordFile {
            guard let file = try Self.passwordFile(passwordFile) else {
                throw ConfigurationError("cannot read password file '\(passwordFile)': there is no such file")
            }
            let complaint = file.permissions.complaint(holdsSecret: true, kind: "password file", path: passwordFile)
            if let complaint { throw ConfigurationError(complaint) }
            return try Self.password(in: file, path: passwordFile)
        }
        if let directory = environment["CREDENTIALS_DIRECTORY"], !directory.isEmpty {
            let path = "\(directory)/\(Self.credentialName)"
            if let file = try Self.passwordFile(path) { return try Self.password(in: file, path: path) }
        }
        return environment[Self.passwordVariable].flatMap { $0.isEmpty ? nil : Secret($0) }
    }

    /// Reads a file with a password; nil when there is none.
    private static func passwordFile(_ path: String) throws(ConfigurationError) -> SmallFile? {
        do {
            return try SmallFile(reading: path, limit: 4096)
        } catch {
            if error == .missing { return nil }
            throw ConfigurationError("cannot read password file '\(path)': \(error)")
        }
    }

    private static func password(in file: SmallFile, path: String) throws(ConfigurationError) -> Secret {
        var bytes = file.bytes[...]
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else { throw ConfigurationError("cannot use password file '\(path)': it is empty") }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError("cannot use password file '\(path)': it does not hold one line of UTF-8 text")
        }
        return Secret(text)
    }
}
