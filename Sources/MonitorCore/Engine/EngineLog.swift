internal import Logging

/// What the engine says in the log, each event in one place.
struct EngineLog: Sendable {
    let logger: Logger

    func opened(_ capabilities: StoreCapabilities) {
        logger.info(
            "reached the database", metadata: ["event": "store.opened", "store.server": "\(capabilities.server)"])
        for remark in capabilities.remarks {
            logger.warning("the database lacks something", metadata: ["event": "store.remark", "remark": "\(remark)"])
        }
        if let former = capabilities.formerHost {
            logger.warning(
                "this machine has another host name than before; breakers, holds and claims stay with their processes",
                metadata: ["event": "host.renamed", "host.before": "\(former.escapedForDisplay())"])
        }
    }

    func storeFailed(_ error: StoreError) {
        logger.error(
            "cannot work with the database, and keeps trying",
            metadata: ["event": "store.away", "error.code": "\(error.code)", "error.reason": "\(error)"])
    }

    func storeAnswered() { logger.info("the database answers again", metadata: ["event": "store.back"]) }

    func kept(_ completion: Completion) {
        logger.warning(
            "keeps an outcome until the database takes it",
            metadata: ["event": "store.kept", "process.name": "\(completion.processName)"])
    }

    func gaveUp(_ completion: Completion, _ error: StoreError) {
        logger.error(
            "gives up an outcome that the database refuses; its alarm stands, and is served again",
            metadata: [
                "event": "store.refused", "process.name": "\(completion.processName)", "error.reason": "\(error)",
            ])
    }

    func endsUnwritten(_ count: Int) {
        logger.warning(
            "ends before the database could take all outcomes: their alarms stand, and are served at the next start",
            metadata: ["event": "store.unwritten", "reports": "\(count)"])
    }

    /// What a poll has led to: what is new of it, and at debug all of it.
    func planned(_ plan: Scheduler.Plan, waiting: [Job]) {
        for relapse in plan.relapses {
            logger.warning(
                "in alarm again soon after a recovery: counts as a failure",
                metadata: [
                    "event": "breaker.relapse", "process.name": "\(relapse.name)",
                    "breaker.failures": "\(relapse.failures)",
                ])
        }
        for denied in plan.denials {
            if denied.isNew { denial(denied) }
            logger.debug(
                "not restarted now",
                metadata: [
                    "process.name": "\(denied.name)", "rule": "\(denied.denial.code.rawValue)",
                    "reason": "\(denied.denial)", "until": "\(denied.denial.until?.utcText ?? "-")",
                ])
        }
        for job in waiting {
            logger.debug(
                "to be restarted",
                metadata: [
                    "process.name": "\(job.name)", "trial": "\(job.isTrial)",
                    "strategy": "\(job.process.settings.strategy)",
                    "breaker.failures": "\(job.breaker.failures)",
                ])
        }
    }

    private func denial(_ denied: Scheduler.Denied) {
        switch denied.denial.code {
        case .hold:
            logger.info(
                "process is held: no restart before its release",
                metadata: [
                    "event": "process.held", "process.name": "\(denied.name)",
                    "hold.until": "\(denied.hold?.until?.utcText ?? "released")",
                    "hold.reason": "\((denied.hold?.reason ?? "").escapedForDisplay())",
                ])
        case .breaker: breakerOpened(denied.name, denied.breaker, until: denied.denial.until)
        case .retry: break
        case .observe:
            logger.info(
                "would restart a process, and observes only: its alarm stands",
                metadata: ["event": "process.observed", "process.name": "\(denied.name)", "reason": "\(denied.denial)"])
        default:
            logger.warning(
                "refuses a process; its alarm stands",
                metadata: ["event": "process.refused", "process.name": "\(denied.name)", "reason": "\(denied.denial)"])
        }
    }

    func breakerOpened(_ name: String, _ breaker: CircuitBreaker, until: Timestamp?) {
        logger.warning(
            "breaker is open: no restart before its time, or a reset",
            metadata: [
                "event": "breaker.open", "process.name": "\(name)", "breaker.until": "\(until?.utcText ?? "-")",
                "breaker.failures": "\(breaker.failures)",
            ])
    }

    func withdrawn(_ logger: Logger) {
        logger.info("the alarm was cleared: the recovery is cancelled", metadata: ["event": "recovery.withdrawn"])
    }

    func began(_ job: Job, _ logger: Logger) {
        logger.info(
            job.isTrial ? "recovers a process on trial" : "recovers a process",
            metadata: [
                "event": "recovery.begun", "process.id": "\(job.id)",
                "note": "\((job.alarm.notes ?? "").escapedForDisplay())",
            ])
    }

    func conflict(_ logger: Logger) {
        logger.info(
            "does not begin: the alarm or the breaker has changed meanwhile", metadata: ["event": "recovery.outdated"])
    }

    func busy(_ error: StoreError, _ logger: Logger) {
        logger.warning(
            "cannot claim a process yet, and tries again each second",
            metadata: ["event": "store.busy", "error.reason": "\(error)"])
    }

    func elsewhere(_ instance: String, _ logger: Logger) {
        logger.warning(
            "another daemon recovers it: two daemons share this host's rows",
            metadata: ["event": "recovery.elsewhere", "instance": "\(instance)"])
    }

    func stuck(_ job: Job, _ pending: PendingJob) {
        logger.warning(
            "the service manager is slow: other recoveries go on beside this one",
            metadata: ["event": "recovery.stuck", "process.name": "\(job.name)", "reason": "\(pending)"])
    }

    func ended(_ result: RecoveryResult, _ logger: Logger) {
        let metadata: Logger.Metadata = [
            "event": "recovery.\(result.outcome.rawValue)", "attempts": "\(result.attempts)",
            "duration": "\(result.duration.written)", "reason": "\(result.cause)",
        ]
        switch result.outcome {
        case .recovered: logger.info("the process is back", metadata: metadata)
        case .interrupted: logger.warning("the recovery was cut off: the alarm stands", metadata: metadata)
        case .refused: logger.warning("the restart is refused: the alarm stands", metadata: metadata)
        case .failed, .relapsed: logger.error("the process is not back: the alarm stands", metadata: metadata)
        }
    }

    func written(_ completion: Completion, _ result: CompletionResult) {
        var logger = logger
        logger[metadataKey: "process.name"] = "\(completion.processName)"
        switch result.alarm {
        case .cleared: logger.info("cleared the alarm", metadata: ["event": "alarm.cleared"])
        case .raisedAgain:
            logger.info(
                "the alarm was raised again during the recovery, and stands", metadata: ["event": "alarm.raised_again"])
        case .alreadyClear where completion.clearsAlarm:
            logger.info("the alarm had been cleared already", metadata: ["event": "alarm.gone"])
        case .alreadyClear, .untouched: break
        }
        if completion.breaker != nil, !result.breakerApplied {
            logger.info(
                "the breaker was reset meanwhile: the result does not count", metadata: ["event": "breaker.outdated"])
        }
    }
}
