internal import Glibc
package import MonitorCore
internal import MonitorIO

/// What monitord puts into the environment of what it starts, so that it knows it again, whatever it calls itself: `NAME/TOKEN/HOME`.
///
/// The name tells for which process it was started; the daemon's state directory, that it was by this daemon, and not by another of this host for one
/// of its own; the token, drawn for each start and kept in that directory, that a daemon did so: the rest could be in the environment of any user's
/// program.
package struct LaunchMark: Sendable, Equatable {
    static let variable = "MONITOR_LAUNCH"
    /// How far into an environment it is looked for: it is put first, but a shell that hands it on may order it anew.
    static let searchedBytes = 64 << 10

    package var name: ProcessName
    var token: String
    /// The state directory; empty for a daemon without one.
    var home: String

    init(name: ProcessName, home: String, token: UInt64 = .random(in: .min ... .max)) {
        self.name = name
        self.home = home
        self.token = String(token, radix: 16)
    }

    /// The mark in an environment; nil where there is none.
    init?(in environment: [[UInt8]]) {
        let key = Array("\(Self.variable)=".utf8)
        guard let entry = environment.first(where: { $0.starts(with: key) }) else { return nil }
        let parts = entry.dropFirst(key.count).split(
            separator: UInt8(ascii: "/"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[1].isEmpty,
            let name = try? ProcessName(String(decoding: parts[0], as: UTF8.self))
        else { return nil }
        self.name = name
        token = String(decoding: parts[1], as: UTF8.self)
        home = String(decoding: parts[2], as: UTF8.self)
    }

    var entry: [UInt8] { Array("\(Self.variable)=\(name)/\(token)/\(home)".utf8) }

    /// The beginning of the names of the units in which systemd runs what was started for a process; the rest is `-`, a hexadecimal number and
    /// `.service`.
    ///
    /// What is not allowed in a unit's name, or means something there, is written in systemd's way: `\x40` for `@`.
    ///
    /// - SeeAlso: `systemd.unit(5)`, "String Escaping for Inclusion in Unit Names"
    package static func unitPrefix(of name: ProcessName) -> String {
        var escaped = ""
        for byte in name.rawValue.utf8 {
            let isPlain = byte != UInt8(ascii: "@") && byte != UInt8(ascii: "+")
            let piece = isPlain ? String(Unicode.Scalar(byte)) : "\\x" + String(byte, radix: 16)
            guard escaped.utf8.count + piece.utf8.count <= longestEscapedName else { break }
            escaped += piece
        }
        return unitPrefix + escaped
    }

    /// Begins the name of every unit that monitord makes.
    package static let unitPrefix = "monitord-process-"
    /// systemd takes unit names of up to 255 bytes.
    private static let longestEscapedName = 180
    /// The slice of these units, directly below the host's `system.slice`: a user can make control groups of any name, but only below the user's own.
    package static let slice = "system-monitord.slice"
}

extension ProcessEntry {
    /// Whether it runs in a unit that monitord has made for that process.
    func isInUnit(startedFor name: ProcessName) -> Bool {
        guard let controlGroup, !controlGroup.isEmpty else { return false }
        let path = String(decoding: controlGroup, as: UTF8.self)
        let parent = "/system.slice/\(LaunchMark.slice)/"
        guard let range = path.utf8.firstRange(of: parent.utf8),
            path.utf8[..<range.lowerBound].elementsEqual(Self.hostGroup.utf8)
        else { return false }
        let unit = path.utf8[range.upperBound...].prefix { $0 != UInt8(ascii: "/") }
        let prefix = LaunchMark.unitPrefix(of: name) + "-"
        guard unit.starts(with: prefix.utf8) else { return false }
        let rest = unit.dropFirst(prefix.utf8.count)
        return rest.prefix { $0 != UInt8(ascii: ".") }.allSatisfy(Self.hexadecimal.contains)
            && rest.elementsEqual(rest.prefix { $0 != UInt8(ascii: ".") } + Array(".service".utf8))
    }

    /// The service of the host's that it runs in, unless monitord has made it: `cron` of `/system.slice/cron.service`.
    var foreignService: String? {
        guard let controlGroup else { return nil }
        let parts = controlGroup.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        guard !parts.contains(LaunchMark.slice) else { return nil }
        return parts.last { $0.hasSuffix(".service") }
    }

    private static let hexadecimal = Set("0123456789abcdef".utf8)

    /// Where the host's control groups begin: at the root, but for a container that sees those of its host.
    private static let hostGroup: String = {
        let first = ProcFile(pid: 1).controlGroup().map { String(decoding: $0, as: UTF8.self) } ?? ""
        return first.hasSuffix("/init.scope") ? String(first.dropLast("/init.scope".count)) : ""
    }()
}
