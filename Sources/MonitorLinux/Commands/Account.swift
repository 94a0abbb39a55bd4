internal import Glibc
package import MonitorCore
internal import MonitorIO

/// A user of this host: who a command or a started process runs as.
package struct Account: Sendable, Equatable {
    package var name: String
    package var credentials: LaunchSpec.Credentials
    package var home: String
    package var shell: String

    package init(name: String, credentials: LaunchSpec.Credentials, home: String, shell: String) {
        self.name = name
        self.credentials = credentials
        self.home = home
        self.shell = shell
    }

    /// Looks a user up, with all of its groups, wherever the host keeps its users (`nsswitch.conf(5)`).
    ///
    /// - Throws: ``AccountError`` when there is no such user, or the host can't tell.
    package static func named(_ name: String) async throws(AccountError) -> Account {
        try await BlockingWork.run { Result { () throws(AccountError) in try lookUp(name) } }.get()
    }

    private static func lookUp(_ name: String) throws(AccountError) -> Account {
        let entry: UserEntry?
        do throws(SystemError) {
            entry = try UserEntry.named(name)
        } catch {
            throw AccountError(name, error.reason)
        }
        guard let entry else { throw AccountError(name, "there is no such user") }
        return Account(
            name: name,
            credentials: LaunchSpec.Credentials(
                uid: entry.userID, gid: entry.groupID, groups: try groups(of: name, primary: entry.groupID)),
            home: entry.home, shell: entry.shell)
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
package struct AccountError: Error, Sendable, Equatable, CustomStringConvertible {
    package var user: String
    package var reason: String

    init(_ user: String, _ reason: String) {
        self.user = user
        self.reason = reason
    }

    package var description: String { "cannot look up user '\(user.escapedForDisplay(limit: 40))': \(reason)" }
}

/// The environment of commands: built up from little, so that nothing of the daemon's own gets through.
///
/// The notification socket, the watchdog, passed sockets, credentials and the database's password are in the daemon's
/// environment, and are no business of what it runs.
package enum CommandEnvironment {
    /// What systemd gives a service too (`systemd.exec(5)`), so that a command finds what it found under the script.
    package static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    private static let kept = ["LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TZ"]
    private static let keptOfOwnUser = ["HOME", "USER", "LOGNAME", "SHELL"]

    /// `PATH`, the language and time zone of the daemon, the variables of the user, and `MONITOR_PROCESS_NAME`.
    ///
    /// - Parameter account: who the command runs as; nil for the daemon's own user.
    package static func clean(for name: ProcessName?, account: Account?) -> [[UInt8]] {
        var variables = ["PATH=\(path)"]
        variables += (account == nil ? kept + keptOfOwnUser : kept).compactMap { key in
            getenv(key).map { "\(key)=\(String(cString: $0))" }
        }
        if let account { variables += account.variables }
        if let name { variables.append("MONITOR_PROCESS_NAME=\(name)") }
        return variables.map { Array($0.utf8) }
    }

    /// A process's environment as another one may have it: without what a service manager gave to that process alone.
    package static func inheritable(_ environment: [[UInt8]]) -> [[UInt8]] {
        environment.filter { entry in !personal.contains { entry.starts(with: $0.utf8) } }
    }

    private static let personal = [
        "NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID=", "LISTEN_FDS=", "LISTEN_PID=", "LISTEN_FDNAMES=",
        "LISTEN_PIDFDID=", "INVOCATION_ID=", "JOURNAL_STREAM=", "SYSTEMD_EXEC_PID=", "MAINPID=", "FDSTORE=",
        "CREDENTIALS_DIRECTORY=", "MONITOR_DATABASE_PASSWORD=", "\(LaunchMark.variable)=",
    ]

    /// Whether an entry is one: a name that begins with no digit, then `=`.
    static func isVariable(_ entry: [UInt8]) -> Bool {
        guard let first = entry.first, entry.dropFirst().contains(UInt8(ascii: "=")) else { return false }
        return first != UInt8(ascii: "=") && !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    }

    /// The environment with the variables of a user in place of those it has.
    static func replacingUser(in environment: [[UInt8]], by account: Account) -> [[UInt8]] {
        let replaced = keptOfOwnUser.map { Array("\($0)=".utf8) }
        return environment.filter { entry in !replaced.contains { entry.starts(with: $0) } }
            + account.variables.map { Array($0.utf8) }
    }
}

extension Account {
    /// What `login(1)` sets for a user.
    fileprivate var variables: [String] {
        ["HOME=\(home)", "USER=\(name)", "LOGNAME=\(name)", "SHELL=\(shell)"]
    }
}
