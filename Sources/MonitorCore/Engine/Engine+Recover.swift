internal import Logging

extension Engine {
    /// Recovers one process, from the first row written to the last.
    ///
    /// - Returns: whether it is back, and the alarm with it.
    func recover(_ job: Job) async -> Bool {
        defer {
            scheduler.ended(job)
            progress.recoveryEnded(job.name)
        }
        progress.recoveryEnds(job.name, by: clock.now.advanced(by: job.process.settings.longestRecovery))
        var logger = logger
        logger[metadataKey: "process.name"] = "\(job.name)"
        let startedAt = wallClock()
        guard await mayBegin(job, at: startedAt, logger: logger) else { return false }
        logger.info(
            job.isTrial ? "recovers a process on trial" : "recovers a process",
            metadata: ["event": "recovery.begun", "process.id": "\(job.alarm.processID)"])

        let recovery = Recovery(process: job.process, parts: parts, clock: clock, logger: logger)
        let result = await recovery.run()

        let report = job.report(
            of: result, id: scheduler.nextReportID(instance: identity.instance), instance: identity.instance,
            startedAt: startedAt, at: now(), jitter: .random(in: 0...1))
        log(result, logger: logger)
        let written = await write([report])[0]
        if written?.alarm == .raisedAgain { lastLook = nil }
        if case .open(let until) = report.breaker?.state { lookAgain(at: until) }
        return result.outcome == .recovered && written != nil
    }

    /// Records the beginning; without that record the process is not touched.
    private func mayBegin(_ job: Job, at moment: Timestamp, logger: Logger) async -> Bool {
        do {
            var start = job.claimRequest(instance: identity.instance, at: moment)
            start.exitedInstance = job.alarm.claim.map(\.instance).flatMap { parts.hasExited($0) == true ? $0 : nil }
            let result = try await store.claim(start)
            storeAnswered(writing: true)
            switch result {
            case .claimed: return true
            case .heldBy(let instance):
                leaveElsewhere(job, to: instance, logger: logger)
                return false
            case .conflict:
                logger.info(
                    "does not begin: the alarm or the breaker has changed meanwhile",
                    metadata: ["event": "recovery.outdated"])
                // Not at once: where rows contradict each other, this is what the next look finds, too.
                lookAgain(at: now())
                return false
            }
        } catch {
            storeFailed(error, writing: true)
        }
        lastLook = nil
        return false
    }

    /// Leaves a process to the daemon that recovers it, until that one is done or found dead; says so once.
    private func leaveElsewhere(_ job: Job, to instance: String, logger: Logger) {
        lookAgain(at: now() + (parts.hasExited(instance) != nil ? Self.elsewhereInterval : Heartbeat.interval))
        guard scheduler.isNews(job, isServedBy: instance) else { return }
        logger.warning(
            "another daemon recovers it: two daemons share this host's rows",
            metadata: ["event": "recovery.elsewhere", "instance": "\(instance)"])
    }

    private func log(_ result: RecoveryResult, logger: Logger) {
        let metadata: Logger.Metadata = [
            "event": "recovery.\(result.outcome.rawValue)", "attempts": "\(result.attempts)",
            "duration": "\(result.duration.written)", "reason": "\(result.log.last ?? "")",
        ]
        switch result.outcome {
        case .recovered: logger.info("the process is back", metadata: metadata)
        case .interrupted: logger.warning("the recovery was cut off: the alarm stands", metadata: metadata)
        case .refused: logger.warning("the restart is refused: the alarm stands", metadata: metadata)
        case .failed, .relapsed: logger.error("the process is not back: the alarm stands", metadata: metadata)
        }
    }
}
