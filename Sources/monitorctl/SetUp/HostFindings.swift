internal import Glibc
internal import MonitorCore
internal import MonitorLinux
internal import MonitorStatus

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

    /// The socket by which the daemon of this host is asked to poll now.
    ///
    /// - Parameters:
    ///   - isUsersOwn: the path is that of an ordinary user's daemon, not the system's.
    ///   - daemon: nil where the database does not say.
    static func wakeSocket(
        _ socket: WakeSocket, _ state: WakeSocket.State, isUsersOwn: Bool, daemon: DaemonState?, checkInterval: Duration
    ) -> Finding {
        let subject = "wake socket"
        let without =
            "without a change feed, alarms are seen at the next poll, within "
            + TimeFormat.length(checkInterval)
        func warning(_ what: String, _ remedy: String) -> Finding {
            Finding(.warning, subject, "\(socket.path) \(what): \(without)", remedy: remedy)
        }
        let start = hasSystemd ? "systemctl start monitord" : "start monitord"
        let restart = hasSystemd ? "systemctl restart monitord" : "restart monitord"
        let isRunning = if case .running = daemon { true } else { false }
        switch state {
        case .listening:
            return Finding(.ok, subject, "\(socket.path): monitord polls at once when it is asked to")
        case .denied:
            return warning("may not be written to by this user", "run monitorctl as the user that monitord runs as")
        case .missing where isRunning && isUsersOwn:
            return warning(
                "is not there, though monitord runs", "run monitorctl as the user that monitord runs as, on its host")
        case .missing where isRunning:
            return warning(
                "is missing, though monitord runs: on another host of this name, or the socket was removed",
                "\(restart): it makes the socket when it starts")
        case .missing:
            return warning("is not there", "\(start): it makes the socket when it starts")
        case .abandoned where isRunning:
            return warning("is there, and no daemon listens on it, though monitord runs", restart)
        case .abandoned:
            return warning("is there, and no daemon listens on it", start)
        case .unusable(let reason):
            return warning("cannot be used: \(reason)", "RUNTIME_DIRECTORY or XDG_RUNTIME_DIR names its directory")
        }
    }

    /// The log file, by the daemon's own rules, as far as they can be tried by this user.
    ///
    /// - Parameter daemonUser: the user that the daemon of this host runs as, where it is known.
    static func log(_ path: String, user: uid_t = geteuid(), daemonUser: uid_t?) -> Finding {
        let subject = "log"
        let (exists, reason) = RotatingLogFile.probe(path)
        if let reason {
            return Finding(
                .warning, subject, "\(path) can't be written: \(reason)",
                remedy: user == daemonUser || daemonUser == nil
                    ? "[logging] file = a path that monitord's user may write to"
                    : "run this check as the user that monitord runs as: that is another one")
        }
        guard daemonUser == nil || daemonUser == user else {
            return Finding(
                .note, subject, "\(path): this user can write it; monitord runs as another one",
                remedy: "run this check as the user that monitord runs as")
        }
        return Finding(.ok, subject, exists ? path : "\(path): not there yet, to be created")
    }

    /// Who a daemon of this machine runs as; nil for one that doesn't run here.
    static func user(of daemon: DaemonState?) -> uid_t? {
        guard case .running(let heartbeat) = daemon, DaemonIdentity.hasExited(heartbeat.daemon.instance) == false else {
            return nil
        }
        var status = stat()
        return stat("/proc/\(heartbeat.daemon.pid)", &status) == 0 ? status.st_uid : nil
    }
}
