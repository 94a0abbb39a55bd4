internal import MonitorCore

extension ConfigurationParser {
    /// Checks `[database]`, and settles the backend where it is not given.
    mutating func checkDatabase(_ given: GivenSection) {
        settleBackend(given)
        let settings = configuration.database
        if let line = given.lines["password_file"], given.lines["password"] != nil {
            report(line, "'password' and 'password_file' are both given: leave one of them out")
        }
        checkPair("tls_cert", "tls_key", in: given)
        checkPair("tls_key", "tls_cert", in: given)
        if let line = given.lines["user"], settings.user == "root" {
            warn(line, "'user = root' may do anything to the server; a user with few grants is enough")
        }
        if let line = given.lines["tls"], settings.tls == .disabled,
            let host = settings.hosts.first(where: isRemote)
        {
            warn(line, "'tls = disabled': what is said to '\(host)' can be read on the way")
        }
    }

    /// Takes MariaDB where a server is named and SQLite elsewhere, and reports keys that then make no sense.
    private mutating func settleBackend(_ given: GivenSection) {
        let namesServer = given.lines["host"] != nil || given.lines["socket"] != nil
        let backendLine = given.lines["backend"]
        if backendLine == nil, namesServer { configuration.database.backend = .mariadb }
        let backend = configuration.database.backend
        if let backendLine, backend == .mariadb, !namesServer {
            report(backendLine, "'backend = mariadb' needs 'host' or 'socket'")
        }
        // Without a word on the backend, keys of a server tell that one was meant; the first of them is told.
        let isServerMissing = backendLine == nil && backend == .sqlite
        for (key, line) in linesOfUnusedKeys(given, backend: backend) {
            if isServerMissing {
                report(line, "'\(key)' needs 'host' or 'socket'; where there is no server, say 'backend = sqlite'")
                return
            }
            warn(line, "'\(key)' is not used with 'backend = \(backend.rawValue)'")
        }
    }

    /// The given keys that mean something to the other backend only, in the order of the file.
    private func linesOfUnusedKeys(
        _ given: GivenSection, backend: DatabaseSettings.Backend
    ) -> [(key: String, line: Int)] {
        let unused = DatabaseSettings.keysOfOneBackend.filter { $0.key != backend }.values.joined()
        return unused.compactMap { key in given.lines[key].map { (key, $0) } }.sorted { $0.line < $1.line }
    }

    private mutating func checkPair(_ key: String, _ partner: String, in given: GivenSection) {
        guard let line = given.lines[key], given.lines[partner] == nil else { return }
        report(line, "'\(key)' needs '\(partner)' beside it")
    }

    private func isRemote(_ host: String) -> Bool {
        !(host == "localhost" || host == "::1" || host.hasPrefix("127."))
    }
}
