internal import Glibc

/// The address of a port on a network, IPv4 or IPv6.
package struct NetworkAddress: Sendable, Equatable {
    private let bytes: [UInt8]
    /// `AF_INET` or `AF_INET6`.
    package let family: CInt
    /// Without the port: `127.0.0.1`, `::1`.
    package let host: String
    package let port: UInt16

    /// `127.0.0.1:80`, `[::1]:80`.
    package var text: String { family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Connects a socket to it; `errno` tells why not.
    package func connect(_ descriptor: CInt) -> Bool {
        bytes.withUnsafeBytes { bytes in
            let address = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            return Glibc.connect(descriptor, address, socklen_t(bytes.count)) == 0
        }
    }

    /// Looks a host up, wherever this one knows others from (nsswitch.conf(5)); blocks, for as long as a name server does.
    ///
    /// - Parameters:
    ///   - host: a name, or an address without brackets.
    ///   - numericOnly: takes an address alone; then it does not block.
    /// - Returns: its addresses in the order in which to try them, at most `limit`.
    /// - Throws: why there is none.
    package static func lookUp(
        _ host: String, port: UInt16, numericOnly: Bool = false, limit: Int = 8
    ) throws(HostError) -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV | (numericOnly ? AI_NUMERICHOST : 0)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0 else { throw HostError(code, errno) }
        var found: [NetworkAddress] = []
        var next = list
        while let entry = next?.pointee, found.count < limit {
            next = entry.ai_next
            guard let address = NetworkAddress(entry, port), !found.contains(address) else { continue }
            found.append(address)
        }
        return found
    }

    private init?(_ entry: addrinfo, _ port: UInt16) {
        guard entry.ai_family == AF_INET || entry.ai_family == AF_INET6, let address = entry.ai_addr else { return nil }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard
            getnameinfo(address, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
        else { return nil }
        bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen)))
        family = entry.ai_family
        host = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        self.port = port
    }
}

/// Why a host has no address here.
package struct HostError: Error, Equatable {
    /// The system's words: `name or service not known`.
    package let reason: String

    fileprivate init(_ code: CInt, _ systemCode: CInt) {
        let error = code == EAI_SYSTEM ? strerror(systemCode) : UnsafeMutablePointer(mutating: gai_strerror(code))
        let text = error.map { String(cString: $0) } ?? "error \(code)"
        reason = text.prefix(1).lowercased() + text.dropFirst()
    }
}
