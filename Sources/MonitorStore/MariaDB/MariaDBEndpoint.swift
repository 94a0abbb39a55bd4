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
            host.isEmpty || host == "localhost"
                ? .socket(path: settings.socket) : .tcp(host: host, port: settings.port)
        }
    }

    package var description: String {
        switch self {
        case .socket(let path): path ?? "localhost"
        case .tcp(let host, let port): "\(host):\(port)"
        }
    }
}
