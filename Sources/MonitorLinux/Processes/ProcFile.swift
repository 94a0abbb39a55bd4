internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// Which process is meant: a pid alone is given to another process some day.
package struct ProcessIdentity: Hashable, Sendable, CustomStringConvertible {
    package var pid: Int32
    /// When it started, in clock ticks since boot.
    package var startTime: UInt64

    package init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    package var description: String { "\(pid)" }
}

/// The files of one process below `/proc`. Each is nil when it can't be read: the process has ended, or its files are
/// not ours to see.
package struct ProcFile: Sendable {
    package let pid: Int32

    /// More than any of these files can hold (`ARG_MAX` is at most 6 MB).
    private static let limit = 8 << 20

    package init(pid: Int32) { self.pid = pid }

    func stat() -> ProcStat? { read("stat").flatMap(ProcStat.init(parsing:)) }

    func status() -> ProcStatus? { read("status").flatMap(ProcStatus.init(parsing:)) }

    /// The arguments, as the process may have overwritten them itself.
    func arguments() -> [[UInt8]]? { read("cmdline").map(Self.splitAtNUL) }

    /// The environment that the process was started with, as far as it has not overwritten it.
    func environment() -> [[UInt8]]? { read("environ").map(Self.splitAtNUL) }

    /// The beginning of the same, for what is looked up in every process of the host.
    func environment(limit: Int) -> [[UInt8]]? { read("environ", limit: limit).map(Self.splitAtNUL) }

    /// The control group in systemd's hierarchy: `/system.slice/httpd.service`.
    ///
    /// - SeeAlso: `cgroups(7)`, `/proc/PID/cgroup`
    func controlGroup() -> [UInt8]? {
        let lines = read("cgroup")?.split(separator: UInt8(ascii: "\n")) ?? []
        for key in ["0::", "1:name=systemd:"] {
            if let line = lines.first(where: { $0.starts(with: key.utf8) }), line.count > key.utf8.count + 1 {
                return Array(line.dropFirst(key.utf8.count))
            }
        }
        return nil
    }

    /// The memory that is the process's, each page's share, in bytes.
    ///
    /// - Throws: why it can't be read: only root may read it of processes of others.
    /// - SeeAlso: `proc_pid_smaps(5)`, `smaps_rollup`
    func proportionalSetSize() throws(SystemError) -> Int64 {
        let file = try OwnedDescriptor(opening: "/proc/\(pid)/smaps_rollup", O_RDONLY)
        for line in try file.read(limit: Self.limit).split(separator: UInt8(ascii: "\n"))
        where line.starts(with: "Pss:".utf8) {
            let number = line.dropFirst(4).drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: " ") }
            if let kilobytes = Int64(decimal: number) { return kilobytes << 10 }
        }
        return 0
    }

    /// How many descriptors it has open.
    ///
    /// - Throws: why they can't be counted: only root may count those of others' processes.
    func openDescriptors() throws(SystemError) -> Int {
        guard let directory = opendir("/proc/\(pid)/fd") else { throw SystemError("opendir") }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Without `.` and `..`.
        return max(0, count - 2)
    }

    /// What a name space of the process is: `net:[4026531840]`.
    func namespace(_ kind: String) -> [UInt8]? { link("ns/\(kind)") }

    /// Where one of its descriptors leads.
    func descriptorTarget(_ number: CInt) -> [UInt8]? { link("fd/\(number)") }

    /// The values of the lines of `status`, by their keys.
    func statusLines() -> [String: String] {
        var values: [String: String] = [:]
        for line in (read("status") ?? []).split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
            values[String(decoding: line[..<colon], as: UTF8.self)] = String(decoding: value, as: UTF8.self)
        }
        return values
    }

    /// A file of one number: `oom_score_adj`.
    func number(_ name: String) -> Int? { Int(text(name).prefix { $0 != "\n" }) }

    /// A file of plain text; empty when it can't be read.
    func text(_ name: String) -> String { String(decoding: read(name) ?? [], as: UTF8.self) }

    /// The program's path, or the text of a link that leads nowhere any more (`… (deleted)`); not always UTF-8.
    func executable() -> [UInt8]? { link("exe") }

    func workingDirectory() -> [UInt8]? { link("cwd") }

    func rootDirectory() -> [UInt8]? { link("root") }

    private func read(_ name: String, limit: Int = limit) -> [UInt8]? {
        guard let file = try? OwnedDescriptor(opening: "/proc/\(pid)/\(name)", O_RDONLY) else { return nil }
        return try? file.read(limit: limit)
    }

    private func link(_ name: String) -> [UInt8]? {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = target.withUnsafeMutableBytes { buffer in
            readlink("/proc/\(pid)/\(name)", buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        return length < 0 ? nil : Array(target[..<length])
    }

    /// Texts that end with NUL each; a rest without one counts too.
    package static func splitAtNUL(_ bytes: [UInt8]) -> [[UInt8]] {
        var parts = bytes.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
        if parts.last?.isEmpty == true { parts.removeLast() }
        return parts
    }
}

/// What `/proc/PID/stat` tells of a process (`proc_pid_stat(5)`), as far as it is needed.
package struct ProcStat: Sendable, Equatable {
    package var identity: ProcessIdentity
    /// The name that the kernel shows, at most 15 bytes for a user's process; any byte but NUL may be in it.
    package var comm: [UInt8]
    /// A letter: `R`, `S`, `D`, `Z`…
    package var state: UInt8
    package var parent: Int32
    package var session: Int32
    /// It can be stopped from a keyboard: a program that an operator runs, or one started by hand.
    package var hasTerminal: Bool
    package var isKernelThread: Bool
    /// The processor's time that it has had, in clock ticks.
    package var processorTime: UInt64
    /// The same of its children that have ended, and of theirs.
    package var endedChildrensTime: UInt64
    /// Pages of memory that are there, shared ones too.
    package var residentPages: Int64

    /// Neither ended nor waiting to be reaped.
    var isAlive: Bool { state != UInt8(ascii: "Z") && state != UInt8(ascii: "X") }

    /// Parses the file's one line; nil for anything else.
    ///
    /// The name stands in parentheses and may hold parentheses, blanks and newlines itself, so what counts is the last
    /// closing one: nothing behind it is a text.
    package init?(parsing bytes: [UInt8]) {
        guard let opening = bytes.firstIndex(of: UInt8(ascii: "(")),
            let closing = bytes.lastIndex(of: UInt8(ascii: ")")), opening < closing,
            let pid = pid_t(decimal: bytes[..<opening].dropLast())
        else { return nil }
        // Counted from the state, which the manual numbers 3.
        let fields = bytes[(closing + 1)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        guard fields.count > 19, fields[0].count == 1, let state = fields[0].first,
            let parent = pid_t(decimal: fields[1]), let session = pid_t(decimal: fields[3]),
            let flags = UInt32(decimal: fields[6]), let startTime = UInt64(decimal: fields[19])
        else { return nil }
        identity = ProcessIdentity(pid: pid, startTime: startTime)
        comm = Array(bytes[(opening + 1)..<closing])
        self.state = state
        self.parent = parent
        self.session = session
        hasTerminal = !fields[4].elementsEqual("0".utf8)
        isKernelThread = flags & Self.kernelThreadFlag != 0
        // What decides about a process doesn't depend on these; the children's are signed, and have been negative at times.
        processorTime = (UInt64(decimal: fields[11]) ?? 0) &+ (UInt64(decimal: fields[12]) ?? 0)
        endedChildrensTime = (UInt64(decimal: fields[13]) ?? 0) &+ (UInt64(decimal: fields[14]) ?? 0)
        residentPages = fields.count > 21 ? Int64(decimal: fields[21]) ?? 0 : 0
    }

    /// `PF_KTHREAD` of the kernel's `sched.h`.
    private static let kernelThreadFlag: UInt32 = 0x0020_0000
}

extension FixedWidthInteger {
    /// Parses decimal digits and nothing else.
    init?(decimal bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty else { return nil }
        var value: Self = 0
        for byte in bytes {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = byte else { return nil }
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowAgain) = tenfold.addingReportingOverflow(Self(byte - UInt8(ascii: "0")))
            guard !overflow, !overflowAgain else { return nil }
            value = sum
        }
        self = value
    }
}

/// What `/proc/PID/status` tells of a process (`proc_pid_status(5)`), as far as it is needed.
package struct ProcStatus: Sendable, Equatable {
    /// Real, effective, saved and file system user id.
    package var userIDs: [UInt32]
    /// The same of its group.
    package var groupIDs: [UInt32]
    package var groups: [UInt32]
    /// In a pid namespace below ours: a container's.
    package var isInNestedNamespace: Bool

    /// Who the process runs as, when it is plainly one user: nil for a set-user-id or set-group-id program.
    ///
    /// Such a one has the rights of one user and the arguments and environment of another.
    package var credentials: LaunchSpec.Credentials? {
        guard Set(userIDs).count == 1, Set(groupIDs).count == 1 else { return nil }
        return LaunchSpec.Credentials(uid: userIDs[0], gid: groupIDs[0], groups: groups)
    }

    /// Parses the file; nil where a line that every kernel writes is missing or malformed.
    package init?(parsing bytes: [UInt8]) {
        var values: [String: [UInt32]] = [:]
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let key = String(decoding: line[..<colon], as: UTF8.self)
            guard Self.keys.contains(key) else { continue }
            let fields = line[(colon + 1)...].split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
            let numbers = fields.compactMap { UInt32(decimal: $0) }
            guard numbers.count == fields.count else { return nil }
            values[key] = numbers
        }
        guard let userIDs = values["Uid"], let groupIDs = values["Gid"], userIDs.count == 4, groupIDs.count == 4
        else { return nil }
        self.userIDs = userIDs
        self.groupIDs = groupIDs
        groups = values["Groups"] ?? []
        isInNestedNamespace = (values["NSpid"]?.count ?? 1) > 1
    }

    private static let keys: Set = ["Uid", "Gid", "Groups", "NSpid"]
}
