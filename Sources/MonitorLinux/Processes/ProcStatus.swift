internal import MonitorCore

/// What `/proc/PID/status` tells of a process (`proc_pid_status(5)`), as far as it is needed.
struct ProcStatus: Sendable, Equatable {
    /// Real, effective, saved and file system user id.
    var userIDs: [UInt32]
    /// The same of its group.
    var groupIDs: [UInt32]
    var groups: [UInt32]
    /// In a pid namespace below ours: a container's.
    var isInNestedNamespace: Bool

    /// Who the process runs as, when it is plainly one user: nil for a set-user-id or set-group-id program.
    ///
    /// Such a one has the rights of one user and the arguments and environment of another.
    var credentials: LaunchSpec.Credentials? {
        guard Set(userIDs).count == 1, Set(groupIDs).count == 1 else { return nil }
        return LaunchSpec.Credentials(uid: userIDs[0], gid: groupIDs[0], groups: groups)
    }

    /// Parses the file; nil where a line that every kernel writes is missing or malformed.
    init?(parsing bytes: [UInt8]) {
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
