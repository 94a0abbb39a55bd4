internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// A user of this host: who a command or a started process runs as.
public struct Account: Sendable, Equatable {
    public var name: String
    public var credentials: LaunchSpec.Credentials
    public var home: String
    public var shell: String

    public init(name: String, credentials: LaunchSpec.Credentials, home: String, shell: String) {
        self.name = name
        self.credentials = credentials
        self.home = home
        self.shell = shell
    }

    /// Looks a user up, with all of its groups, wherever the host keeps its users (`nsswitch.conf(5)`).
    ///
    /// - Throws: ``AccountError`` when there is no such user, or the host can't tell.
    public static func named(_ name: String) async throws(AccountError) -> Account {
        try await BlockingWork.run { Result { () throws(AccountError) in try lookUp(name) } }.get()
    }

    private static func lookUp(_ name: String) throws(AccountError) -> Account {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 1024)
        var code = getpwnam_r(name, &entry, &buffer, buffer.count, &found)
        while code == ERANGE, buffer.count < 1 << 20 {
            buffer = [CChar](repeating: 0, count: buffer.count * 4)
            code = getpwnam_r(name, &entry, &buffer, buffer.count, &found)
        }
        guard code == 0 else { throw AccountError(name, SystemError("getpwnam", code: code).reason) }
        guard found != nil else { throw AccountError(name, "there is no such user") }
        return Account(
            name: name,
            credentials: LaunchSpec.Credentials(
                uid: entry.pw_uid, gid: entry.pw_gid, groups: try groups(of: name, primary: entry.pw_gid)),
            home: String(cString: entry.pw_dir),
            shell: String(cString: entry.pw_shell))
    }

    private static func groups(of name: String, primary: gid_t) throws(AccountError) -> [UInt32] {
        var count: CInt = 32
        // The kernel's own limit (NGROUPS_MAX) ends this.
        while count <= 65536 {
            var groups = [gid_t](repeating: 0, count: Int(count))
            if getgrouplist(name, primary, &groups, &count) >= 0 { return Array(groups[..<Int(count)]) }
            count = max(count, CInt(groups.count) * 2)
        }
        throw AccountError(name, "it has too many groups")
    }
}

/// A user that nothing can be run as.
public struct AccountError: Error, Sendable, Equatable, CustomStringConvertible {
    public var user: String
    public var reason: String

    init(_ user: String, _ reason: String) {
        self.user = user
        self.reason = reason
    }

    public var description: String { "cannot look up user '\(user.escapedForDisplay(limit: 40))': \(reason)" }
}
