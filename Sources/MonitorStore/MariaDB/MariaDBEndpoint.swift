package import MonitorCore

/// One place where a server may be reached.
package enum MariaDBEndpoint: Equatable, CustomStringConvertible, Sendable {
    /// A Unix socket; nil for the one that Connector/C was built for.
    case socket(path: String?)
    case tcp(host: String, port: UInt16)

    /// The places that the settings name, in the order in which they are tried.
    package static func all(in settings: DatabaseSettings) -> [Self] {
        let hosts = settings.hosts.isEmpty ? [""] : settings.hosts
        return hosts.map { host in
            if host.isEmpty || host == "localhost" { return .socket(path: settings.socket) }
            let (name, port) = split(host)
            return .tcp(host: name, port: port ?? settings.port)
        }
    }

    /// `db1:3307` or `[::1]:3307`; without a port, the host as it is: an IPv6 address holds colons too.
    private static func split(_ host: String) -> (name: String, port: UInt16?) {
        guard let colon = host.lastIndex(of: ":"), let port = UInt16(host[colon...].dropFirst()) else {
            return (host, nil)
        }
        let name = host[..<colon]
        if name.hasPrefix("["), name.hasSuffix("]") { return (String(name.dropFirst().dropLast()), port) }
        return name.contains(":") ? (host, nil) : (String(name), port)
    }

    package var description: String {
        switch self {
        case .socket(let path): path ?? "localhost"
        case .tcp(let host, let port): "\(host):\(port)"
        }
    }
}
