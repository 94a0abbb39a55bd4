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
    var isActive: Bool { activeState == "active" || activeState == "reloading" }
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
    /// Somebody else's job took the place of ours.
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
            self = .failed(UnitFailure(detail: detail, activeState: end.activeState, job: job).description)
        }
    }
}
