internal import Glibc

/// Why a unit does not run, in words.
///
/// - SeeAlso: `systemd.exec(5)`, "Process Exit Codes"; `systemd.service(5)`, `$SERVICE_RESULT`.
struct UnitFailure: CustomStringConvertible {
    let detail: UnitEnd.Detail
    let activeState: String
    let job: String?

    var description: String {
        switch detail.result {
        case "success": withoutFailure
        case "exit-code": "it \(exit(detail.mainStatus))\(retrying)"
        case "signal": "it was killed by \(signal)\(retrying)"
        case "core-dump": "it crashed with \(signal)\(retrying)"
        case "timeout": "it took longer than its timeout allows"
        case "watchdog": "it stopped answering its watchdog"
        case "oom-kill": "it was killed for want of memory"
        case "start-limit-hit": "systemd had to start it too often (StartLimitBurst=)"
        case "protocol": "it did not report that it is ready, as its Type=\(detail.type) asks"
        case "resources": "systemd could not set it up (see its journal)"
        default: "its result is '\(detail.result)'"
        }
    }

    private var withoutFailure: String {
        switch (job, activeState) {
        case ("timeout", _): "its job took longer than JobTimeoutSec= allows"
        case (_, "activating") where detail.subState == "auto-restart": "it ended at once\(retrying)"
        case (_, "activating"): "it is still starting"
        case (_, "deactivating"): "it is stopping again"
        case (nil, _), ("done", _): "it ended at once, without an error"
        case (let job?, _): "systemd reports '\(job)'"
        }
    }

    private var retrying: String { detail.subState == "auto-restart" ? " (systemd keeps trying)" : "" }

    /// Only the main process's end is known; that of an `ExecStartPre=` stands in the journal.
    private func exit(_ status: Int32) -> String {
        guard detail.mainCode == CLD_EXITED, status != 0 else { return "failed in a command other than its main one" }
        let meaning: String? =
            switch status {
            case 127: "command not found"
            case 126: "command not executable"
            case 200: "its directory can't be entered"
            case 203: "its program can't be executed"
            case 209: "its output can't be set up"
            case 216: "its group does not exist"
            case 217: "its user does not exist"
            case 226: "its file system name space can't be set up"
            case 238, 239, 240, 233: "its directories can't be set up"
            case 243: "its credentials can't be set up"
            default: nil
            }
        return "exited with \(status)" + (meaning.map { " (\($0))" } ?? "")
    }

    private var signal: String { Self.signals[detail.mainStatus] ?? "signal \(detail.mainStatus)" }

    private static let signals: [Int32: String] = [
        SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
        SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGUSR1: "SIGUSR1",
        SIGSEGV: "SIGSEGV", SIGUSR2: "SIGUSR2", SIGPIPE: "SIGPIPE", SIGALRM: "SIGALRM", SIGTERM: "SIGTERM",
        SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ", SIGSYS: "SIGSYS",
    ]
}
