internal import Glibc
internal import MonitorCore

/// What `check` says of this host: systemd, the daemon's socket, the log file.
enum HostFindings {
    /// sd_booted(3): the directory exists exactly where systemd is the init system.
    static let hasSystemd = access("/run/systemd/system", F_OK) == 0

    static func systemd() -> Finding {
        hasSystemd
            ? Finding(.ok, "systemd", "runs: services are restarted through it")
            : Finding(
                .warning, "systemd",
                "does not run on this host: strategy service can't work here, auto goes by process",
                remedy: "restart_strategy = process with start_command, for what is to be restarted here")
    }

    /// The socket on which the daemon of this host is woken.
    static func wakeSocket(_ path: String, checkInterval: Duration) -> Finding {
        let subject = "wake socket"
        switch WakeSocket.knock(at: path) {
        case true:
            return Finding(.ok, subject, "\(path): monitord takes notice at once")
        case false:
            let why = access(path, F_OK) == 0 ? "may not be written to, or nobody listens" : "is not there"
            return Finding(
                .warning, subject,
                "\(path) \(why): without a change feed, alarms are seen at the next poll, within \(TimeFormat.length(checkInterval))",
                remedy: "run monitorctl as the daemon's user, on its host, while it runs")
        }
    }

    /// The log file, as far as this user can tell.
    static func log(_ path: String) -> Finding {
        let subject = "log"
        if access(path, F_OK) == 0 {
            return access(path, W_OK) == 0
                ? Finding(.ok, subject, path)
                : Finding(
                    .warning, subject, "\(path): this user may not write to it",
                    remedy: "check as the user that monitord runs as")
        }
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        return access(directory, W_OK) == 0
            ? Finding(.ok, subject, "\(path): not there yet, to be created")
            : Finding(
                .warning, subject, "\(path): not there, and this user can't create it",
                remedy: "[logging] file = a path that monitord's user may write to")
    }
}
