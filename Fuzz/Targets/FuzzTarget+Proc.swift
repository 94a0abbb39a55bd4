import MonitorCore
import MonitorLinux

extension FuzzTarget {
    /// `/proc/PID/stat`, in which a process may choose its own name.
    static let procStat = FuzzTarget(name: "proc-stat") { (bytes) throws(BrokenInvariant) in
        if let stat = ProcStat(parsing: bytes) {
            try demand(stat.identity.pid >= 0 && stat.parent >= 0 && stat.session >= 0, "no negative id in \(stat)")
            let again = ProcStat(parsing: line(of: stat, flags: stat.isKernelThread ? "2097152" : "0"))
            try demand(again == stat, "\(stat) is the same again")
        }
        // As a name, the same bytes change nothing but the name.
        let flags = "4194560"
        guard let plain = ProcStat(parsing: Array("42 (w) S 1 7 9 0 -1 \(flags)\(filler)987654321\n".utf8)) else {
            throw BrokenInvariant("an ordinary line can be read")
        }
        var named = plain
        named.comm = bytes
        try demand(ProcStat(parsing: line(of: named, flags: flags)) == named, "no name forges a field")
    }

    private static let filler = " 1 2 3 4 5 6 7 8 20 0 1 0 "

    private static func line(of stat: ProcStat, flags: String) -> [UInt8] {
        let times = "\(stat.processorTime) 0 \(stat.endedChildrensTime) 0"
        let start = "\(stat.parent) 7 \(stat.session) \(stat.hasTerminal ? 34816 : 0) -1 \(flags) 1 2 3 4 \(times)"
        let rest = " \(start) 20 0 1 0 \(stat.identity.startTime) 0 \(stat.residentPages)\n"
        return "\(stat.identity.pid) (".utf8 + stat.comm + ") ".utf8 + [stat.state] + rest.utf8
    }

    /// `/proc/PID/status`, with the ids that a process is started again with.
    static let procStatus = FuzzTarget(name: "proc-status") { (bytes) throws(BrokenInvariant) in
        if let status = ProcStatus(parsing: bytes) {
            try demand(status.userIDs.count == 4 && status.groupIDs.count == 4, "four ids each")
            try demand(ProcStatus(parsing: text(of: status)) == status, "\(status) is the same again")
            if let credentials = status.credentials {
                try demand(Set(status.userIDs) == [credentials.uid], "\(status) is of one user")
                try demand(Set(status.groupIDs) == [credentials.gid], "\(status) is of one group")
            }
        }
        // The kernel escapes newlines in a name; all else may be in it.
        let name = bytes.filter { $0 != UInt8(ascii: "\n") }
        let plain = "Uid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t9 10 \nNSpid:\t42\n"
        try demand(
            ProcStatus(parsing: "Name:\t".utf8 + name + "\n\(plain)".utf8) == ProcStatus(parsing: Array(plain.utf8)),
            "no name forges a line")
    }

    private static func text(of status: ProcStatus) -> [UInt8] {
        func line(_ key: String, _ ids: [UInt32]) -> String {
            "\(key):\t\(ids.map { "\($0)" }.joined(separator: "\t"))\n"
        }
        let namespaces = line("NSpid", status.isInNestedNamespace ? [42, 7] : [42])
        return Array(
            (line("Uid", status.userIDs) + line("Gid", status.groupIDs) + line("Groups", status.groups) + namespaces)
                .utf8)
    }
}
