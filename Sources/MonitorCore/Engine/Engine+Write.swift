internal import Logging

/// Outcomes that become ready while a write is under way are written together by the next one.
extension Engine {
    /// How many are written together. The rows of the application are locked meanwhile.
    static var writtenTogether: Int { 32 }

    /// Writes reports, with those that wait already; keeps them where that fails.
    ///
    /// - Returns: what became of each; nil when it waits for the store.
    @discardableResult
    func write(_ reports: [Completion]) async -> [CompletionResult?] {
        outbox.add(reports)
        await takeTurn()
        defer { passTurn() }
        // Whose turn it was before may have written them along with its own.
        while !outbox.isHeldUp, reports.contains(where: outbox.holds) {
            do {
                try await writeNext(givesUp: false)
            } catch {
                outbox.isHeldUp = true
                storeFailed(error, writing: true)
            }
        }
        for report in reports where outbox.holds(report) {
            logger.warning(
                "keeps an outcome until the database takes it",
                metadata: ["event": "store.kept", "process.name": "\(report.processName)"])
        }
        return reports.map { outbox.collect($0) }
    }

    /// Writes the outcomes that were kept, in order.
    func writeKept() async throws(StoreError) {
        guard outbox.isHeldUp else { return }
        await takeTurn()
        defer { passTurn() }
        while !outbox.reports.isEmpty { try await writeNext(givesUp: true) }
        outbox.isHeldUp = false
    }

    /// Writes the oldest outcomes: together, or one by one where one of them spoils that.
    ///
    /// - Parameter givesUp: one that the database refuses for good is given up, instead of tried once more later.
    private func writeNext(givesUp: Bool) async throws(StoreError) {
        let reports = Array(outbox.reports.prefix(Self.writtenTogether))
        if reports.count > 1 {
            do {
                return try await complete(reports)
            } catch  where !error.mayBeOfOneReport {
                throw error
            } catch {}
        }
        var failure: StoreError?
        for report in reports {
            do {
                try await complete([report])
            } catch  where givesUp && error.code == .rejected {
                giveUp(report, error)
            } catch  where error.mayBeOfOneReport {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func complete(_ reports: [Completion]) async throws(StoreError) {
        let results = try await store.complete(reports)
        storeAnswered(writing: true)
        for (report, result) in zip(reports, results) {
            outbox.settle(report, result)
            scheduler.settled(result.alarm, of: report)
            log(result, of: report)
        }
    }

    /// Trying again can't help, and must not keep all other processes waiting. Its alarm stands.
    private func giveUp(_ report: Completion, _ error: StoreError) {
        outbox.settle(report, nil)
        logger.error(
            "gives up an outcome that the database refuses; its alarm stands, and is served again",
            metadata: ["event": "store.refused", "process.name": "\(report.processName)", "error.reason": "\(error)"])
    }

    private func log(_ result: CompletionResult, of report: Completion) {
        var logger = logger
        logger[metadataKey: "process.name"] = "\(report.processName)"
        switch result.alarm {
        case .cleared: logger.info("cleared the alarm", metadata: ["event": "alarm.cleared"])
        case .raisedAgain:
            logger.info(
                "the alarm was raised again during the recovery, and stands", metadata: ["event": "alarm.raised_again"])
        case .alreadyClear where report.clearsAlarm:
            logger.info("somebody else had cleared the alarm", metadata: ["event": "alarm.gone"])
        case .alreadyClear, .untouched: break
        }
        if report.breaker != nil, !result.breakerApplied {
            logger.info(
                "the breaker was reset meanwhile: the result does not count", metadata: ["event": "breaker.outdated"])
        }
    }

    /// Waits until nobody else writes.
    private func takeTurn() async {
        guard isWriting else {
            isWriting = true
            return
        }
        await withCheckedContinuation { writersWaiting.append($0) }
    }

    /// Lets the next one write, in order of their coming.
    private func passTurn() {
        isWriting = !writersWaiting.isEmpty
        if isWriting { writersWaiting.removeFirst().resume() }
    }
}

extension StoreError {
    /// One report of several may be the cause; for the others there may be nothing wrong.
    fileprivate var mayBeOfOneReport: Bool {
        switch code {
        case .busy, .duplicate, .rejected: true
        case .unreachable, .timedOut, .denied, .schema, .unwritable: false
        }
    }
}
