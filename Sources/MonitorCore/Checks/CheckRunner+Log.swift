internal import Logging

// What is said of the checks in the log.

extension CheckRunner {
    func log(_ result: CheckResult, of entry: Entry) {
        logger.debug(
            "ran a check",
            metadata: [
                "check.name": "\(entry.spec.name)", "process.name": "\(entry.process.name)",
                "check.type": "\(entry.spec.kind.word)", "check.result": "\(result)",
                "check.failures": "\(entry.state.failures)",
            ])
    }

    func tell(_ entry: Entry) {
        let about: Logger.Metadata = [
            "check.name": "\(entry.spec.name)", "process.name": "\(entry.process.name)",
            "reason": "\(entry.state.message.escapedForDisplay(limit: 500))",
        ]
        func log(_ level: Logger.Level, _ message: Logger.Message, _ event: Logger.Metadata) {
            logger.log(level: level, message, metadata: about.merging(event) { $1 })
        }
        switch entry.state.standing {
        case .failed:
            log(.warning, "a check has failed", ["event": "check.failed"])
            if entry.spec.raises, settings.mode == .observe {
                log(.info, "would put a process in alarm, and observes only", ["event": "check.observed"])
            }
        // At the start all of them pass for the first time: no news.
        case .passed: log(entry.written == nil ? .debug : .info, "a check passes", ["event": "check.passed"])
        case .unknown: log(.warning, "a check can't be made, and tells nothing", ["event": "check.unknown"])
        case nil: break
        }
    }

    func tellStranger(_ entry: Entry) {
        guard strangers.insert(entry.process.name).inserted else { return }
        logger.warning(
            "a check is about a process that has no row: 'monitorctl process add' makes one",
            metadata: [
                "event": "check.no_process", "check.name": "\(entry.spec.name)",
                "process.name": "\(entry.process.name)",
            ])
    }

    func tellGone(_ entry: Entry) {
        logger.warning(
            "a check is gone that had failed: an alarm that it has raised stands",
            metadata: [
                "event": "check.gone", "check.name": "\(entry.spec.name)", "process.name": "\(entry.process.name)",
            ])
    }

    func tell(_ effect: CheckEffect, of entry: Entry) {
        let metadata: Logger.Metadata = [
            "process.name": "\(entry.process.name)", "alarm.source": "\(entry.source)",
            "reason": "\(entry.state.message.escapedForDisplay(limit: 500))",
        ]
        switch effect {
        case .raised:
            logger.warning("raised an alarm", metadata: metadata.merging(["event": "alarm.raised"]) { $1 })
        case .resolved:
            logger.info("cleared its own alarm", metadata: metadata.merging(["event": "alarm.resolved"]) { $1 })
        case .none: break
        }
    }
}
