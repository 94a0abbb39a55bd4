internal import Glibc

/// What systemd tells a service of its start, by environment variables.
///
/// - SeeAlso: `sd_notify(3)`, `sd_watchdog_enabled(3)`, `systemd.exec(5)`
package struct ServiceEnvironment: Sendable, Equatable {
    /// Where to report; nil for a program whose start is not waited for.
    package var notifySocket: String?
    /// How long systemd waits between two signs of life; nil where it doesn't.
    package var watchdogLimit: Duration?
    /// Whether standard error is the journal.
    package var isLoggedToJournal: Bool

    /// A program that was started by hand.
    package init() { isLoggedToJournal = false }

    /// Takes what concerns this process out of its environment, so that no command and no process that it starts takes
    /// itself for the service.
    ///
    /// To be called once, first thing in `main`: changing the environment is safe only while there is one thread.
    package static func take() -> ServiceEnvironment {
        var variables: [String: String] = [:]
        for name in names {
            variables[name] = getenv(name).map { String(cString: $0) }
            unsetenv(name)
        }
        var status = stat()
        let output = fstat(STDERR_FILENO, &status) == 0 ? "\(status.st_dev):\(status.st_ino)" : nil
        return ServiceEnvironment(variables, pid: getpid(), standardError: output)
    }

    private static let names = [
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
        "JOURNAL_STREAM",
    ]

    /// - Parameters:
    ///   - pid: this process's.
    ///   - standardError: device and inode of the file, as in `JOURNAL_STREAM`.
    init(_ variables: [String: String], pid: Int32, standardError: String?) {
        notifySocket = variables["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        isLoggedToJournal = standardError != nil && variables["JOURNAL_STREAM"] == standardError
        // The variables may be meant for a process that started us.
        let isForUs = variables["WATCHDOG_PID"].map { $0 == "\(pid)" } ?? true
        if isForUs, let limit = variables["WATCHDOG_USEC"].flatMap({ UInt64($0) }), limit > 0 {
            watchdogLimit = Duration(systemdMicroseconds: limit)
        }
    }
}
