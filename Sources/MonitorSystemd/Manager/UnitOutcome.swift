internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// How a unit is found after its job.
struct UnitEnd: Sendable, Equatable {
    var activeState: String
    /// ``UnitProperty/invocationID``.
    var invocationID: [UInt8]
    /// Read only where the unit does not simply run.
    var detail: Detail?

    struct Detail: Sendable, Equatable {
        var subState = "dead"
        /// `Type=`: `simple`, `oneshot`, …
        var type = "simple"
        /// `Result`: `success`, `exit-code`, `timeout`, …
        var result = "success"
        var mainCode: Int32 = 0
        var mainStatus: Int32 = 0
        /// The conditions were looked at, and did not hold.
        var conditionFailed = false
    }

    /// Whether the unit runs, as `systemctl is-active` has it.
    var isActive: Bool { ["active", "reloading", "refreshing"].contains(activeState) }

    /// Why it doesn't run, a phrase.
    func failure(job: String?) -> String {
        detail.map { UnitFailure(detail: $0, activeState: activeState, job: job).description } ?? "it is \(activeState)"
    }

    /// Fills in what signals have told of a unit that systemd has forgotten.
    mutating func take(_ trace: UnitTrace) {
        invocationID = trace.invocationID ?? invocationID
        guard var detail else { return }
        detail.result = trace.result ?? detail.result
        detail.mainCode = trace.mainCode ?? detail.mainCode
        detail.mainStatus = trace.mainStatus ?? detail.mainStatus
        if trace.conditionResult == false { detail.conditionFailed = true }
        self.detail = detail
    }
}

/// What a restart came to.
enum UnitVerdict: Sendable, Equatable {
    /// It runs.
    case runs
    /// It is of the kind that does its work and ends, and it did.
    case ranToItsEnd
    /// It was not started, by a condition or assertion in the unit.
    case notWanted(String)
    /// It doesn't run; a phrase.
    case failed(String)
    /// Another's job took the place of ours.
    case replaced
}

extension UnitVerdict {
    /// Judges by the job's result and, where that is not conclusive, by the unit's state.
    ///
    /// `done` alone says little: a start that a failed condition prevented ends so as well. What counts is that the
    /// unit runs, and in another invocation than before.
    ///
    /// - Parameters:
    ///   - job: the word in `JobRemoved`; nil where the signal was missed.
    ///   - invocationBefore: nil where a start was under way already.
    init(job: String?, invocationBefore: [UInt8]?, end: UnitEnd) {
        let isNew = !end.invocationID.isEmpty && end.invocationID != invocationBefore
        switch job {
        case "canceled":
            self = .replaced
            return
        case "dependency":
            self = .failed("a unit that it needs could not be started")
            return
        case "unsupported":
            self = .failed("this system does not support units of its kind")
            return
        default: break
        }
        if end.isActive {
            self = isNew ? .runs : .failed("systemd left it as it was\(job.map { " (\($0))" } ?? "")")
            return
        }
        guard let detail = end.detail else {
            self = .failed("it is \(end.activeState)")
            return
        }
        if job == "assert" {
            self = .notWanted("an Assert… setting of it does not hold")
        } else if detail.conditionFailed, end.activeState == "inactive", !isNew {
            self = .notWanted("a Condition… setting of it does not hold")
        } else if detail.result == "exec-condition" {
            self = .notWanted("its ExecCondition= does not hold")
        } else if detail.type == "oneshot", detail.result == "success", end.activeState == "inactive", job == "done" {
            // Where systemd has forgotten it, and no signal told its invocation, the job's word has to do.
            self = isNew || end.invocationID.isEmpty ? .ranToItsEnd : .failed("systemd did not run it")
        } else {
            self = .failed(end.failure(job: job))
        }
    }
}

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

    private var signal: String { "\(SignalName(detail.mainStatus))" }
}

extension RestartResult {
    /// What an error means for an attempt.
    init(_ error: BusError, restarting unit: UnitName) {
        switch error.kind {
        case .cancelled: self = .interrupted("the wait for unit \(unit) was cut off")
        case .unreachable: self = .failed("systemd cannot be reached: \(error)")
        case .unanswered: self = .interrupted("systemd did not answer, so what became of unit \(unit) is unknown")
        case .malformed: self = .failed("unit \(unit): \(error)")
        case .refused where error.meansNoSuchUnit: self = .notFound("there is no unit \(unit): \(error)")
        case .refused("org.freedesktop.systemd1.UnitMasked"): self = .refused("unit \(unit) is masked")
        case .refused("org.freedesktop.systemd1.OnlyByDependency"):
            self = .refused("unit \(unit) forbids it (RefuseManualStart= or RefuseManualStop=)")
        case .refused("org.freedesktop.systemd1.TransactionIsDestructive"),
            .refused("org.freedesktop.systemd1.ShuttingDown"):
            self = .interrupted("unit \(unit) has a job that must not be replaced: the machine may be shutting down")
        case .refused("org.freedesktop.DBus.Error.AccessDenied"),
            .refused("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"):
            self = .refused("this user may not restart unit \(unit): it takes root or a polkit rule")
        case .refused: self = .failed("unit \(unit): \(error)")
        }
    }
}
