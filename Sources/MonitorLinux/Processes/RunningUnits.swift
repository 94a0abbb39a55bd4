internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// The units of this host that run, and the TCP addresses on which they listen, as `/proc` tells.
package enum RunningUnits {
    package struct Unit: Sendable, Equatable {
        /// In order of port.
        package var addresses: [Address]

        package init(addresses: [Address] = []) { self.addresses = addresses }
    }

    /// Where a client on this host connects to.
    package struct Address: Sendable, Hashable, CustomStringConvertible {
        package var host: String
        package var port: UInt16

        package init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }

        package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// Finds those of some units that have processes.
    package static func find(_ units: Set<String>) -> [String: Unit] {
        guard !units.isEmpty else { return [:] }
        var found: [String: Unit] = [:]
        var sockets: [UInt64: Address]?
        // A container has units of its own, of the same names.
        let here = ProcFile(pid: getpid()).namespace("pid")
        for pid in ProcessTable.pids() {
            let file = ProcFile(pid: pid)
            guard file.namespace("pid") == here, let group = file.controlGroup() else { continue }
            let names = group.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
            guard let unit = names.last(where: units.contains) else { continue }
            let listening = sockets ?? listeningSockets()
            sockets = listening
            let addresses = file.sockets().compactMap { listening[$0] }
            found[unit, default: Unit()].addresses += addresses
        }
        return found.mapValues { unit in
            // One port for each: what listens for both families is one to ask.
            var byPort: [UInt16: Address] = [:]
            for address in unit.addresses.sorted(by: { $0.host.contains(":") && !$1.host.contains(":") }) {
                byPort[address.port] = address
            }
            return Unit(addresses: byPort.values.sorted { $0.port < $1.port })
        }
    }

    /// The sockets that listen, by their inodes.
    private static func listeningSockets() -> [UInt64: Address] {
        var sockets: [UInt64: Address] = [:]
        for path in ["/proc/net/tcp", "/proc/net/tcp6"] {
            guard let file = try? OwnedDescriptor(opening: path, O_RDONLY), let bytes = try? file.read(limit: 64 << 20)
            else { continue }
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                if let (inode, address) = listening(String(decoding: line, as: UTF8.self)) { sockets[inode] = address }
            }
        }
        return sockets
    }

    /// Reads a line of `/proc/net/tcp` or `tcp6`; nil for a socket that doesn't listen.
    ///
    /// - SeeAlso: `proc_pid_net(5)`
    static func listening(_ line: String) -> (inode: UInt64, address: Address)? {
        let fields = line.split(separator: " ")
        // TCP_LISTEN is 10.
        guard fields.count > 9, fields[3] == "0A", let inode = UInt64(fields[9]) else { return nil }
        let parts = fields[1].split(separator: ":")
        guard parts.count == 2, [8, 32].contains(parts[0].count), let port = UInt16(parts[1], radix: 16),
            let host = host(String(parts[0]))
        else {
            return nil
        }
        return (inode, Address(host: host, port: port))
    }

    /// An address as the kernel writes it: each four bytes are a number in the machine's own order.
    private static func host(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = text[...]
        while !rest.isEmpty {
            guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
            withUnsafeBytes(of: word) { bytes += $0 }
            rest = rest.dropFirst(8)
        }
        // Whatever is listened to on all addresses is reached by this one.
        if bytes.allSatisfy({ $0 == 0 }) { return "localhost" }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard [4, 16].contains(bytes.count), inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else {
            return nil
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

extension ProcFile {
    /// The inodes of the sockets that the process has open.
    fileprivate func sockets() -> [UInt64] {
        guard let directory = opendir("/proc/\(pid)/fd") else { return [] }
        defer { closedir(directory) }
        var inodes: [UInt64] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let number = CInt(name), let target = descriptorTarget(number) else { continue }
            let text = String(decoding: target, as: UTF8.self)
            guard text.hasPrefix("socket:["), let inode = UInt64(text.dropFirst(8).dropLast()) else { continue }
            inodes.append(inode)
        }
        return inodes
    }
}
