internal import Glibc
package import MonitorCore

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
    static func inheritable(_ environment: [[UInt8]]) -> [[UInt8]] {
        environment.filter { entry in !personal.contains { entry.starts(with: $0.utf8) } }
    }

    private static let personal = [
        "NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID=", "LISTEN_FDS=", "LISTEN_PID=", "LISTEN_FDNAMES=",
        "LISTEN_PIDFDID=", "INVOCATION_ID=", "JOURNAL_STREAM=", "SYSTEMD_EXEC_PID=", "MAINPID=", "FDSTORE=",
        "CREDENTIALS_DIRECTORY=", "MONITOR_DATABASE_PASSWORD=",
    ]

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
