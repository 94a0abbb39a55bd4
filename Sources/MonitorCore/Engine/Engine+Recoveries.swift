internal import Logging

// The other half of the engine, apart for its length alone: one recovery, from the claim to the written outcome.

// MARK: - Recoveries

extension Engine {
    /// Recovers one process, from the claim to the outcome.
    ///
    /// - Returns: whether it is back, and the alarm cleared with it.
    func recover(_ job: Job) async -> Bool {
        inProgress.began(job, now: clock.now)
        defer {
            scheduler.ended(job)
            inProgress.ended(job.id)
        }
        var logger = log.logger
        logger[metadataKey: "process.name"] = "\(job.name)"
        let startedAt = wallClock()
        // Asked for while the claim is committed.
        await parts.strategy.prepare(job.process)
        guard await claim(job, at: startedAt, logger: logger) else { return false }
        if !job.isRepeat { log.began(job, logger) }
        await parts.observer.began(job.process)

        let result = await run(job, logger: logger)

        var completion = job.completion(
            of: result, id: scheduler.nextCompletionID(instance: identity.instance), instance: identity.instance,
            startedAt: startedAt, at: now(), jitter: .random(in: 0...1))
        let isWithdrawn = inProgress.entries[job.id]?.withdrawal.isSet == true
        if isWithdrawn, !completion.clearsAlarm { completion.note = nil }
        let breaker = completion.breaker ?? job.breaker
        completion.isRepeat = scheduler.learned(result, of: job, breaker: breaker, rules: settings, at: now())
        if completion.isRepeat {
            completion.note = nil
        } else {
            if job.isRepeat { log.began(job, logger) }
            log.ended(result, logger)
        }
        if isWithdrawn { log.withdrawn(logger) }
        if case .open(let until) = breaker.state, breaker.generation != job.breaker.generation {
            log.breakerOpened(job.name.rawValue, breaker, until: until)
        }
        let written = await write([completion])[0]
        if case .open(let until) = breaker.state {
            // What could not be started does not run now: if it does at its trial, it has come back by itself.
            if result.outcome == .failed, !result.isUnhealthy, await !isHealthy(job.process) {
                scheduler.foundUnhealthy(job)
            }
            poll(at: until)
        }
        if let retryAt = breaker.retryAt { poll(at: retryAt) }
        let isBack = result.outcome == .recovered && written != nil && written?.alarm != .raisedAgain
        await parts.observer.ended(
            job.process, isBack || result.outcome != .recovered ? result.outcome : .interrupted, result.started)
        return isBack
    }

    private func run(_ job: Job, logger: Logger) async -> RecoveryResult {
        var recovery = Recovery(process: job.process, parts: parts, clock: clock, logger: logger)
        if let entry = inProgress.entries[job.id] { recovery.withdrawal = entry.withdrawal }
        recovery.readRevision = { [store] in try? await store.revision(of: job.id) }
        recovery.onStep = { step in await self.stepped(job, step) }
        return await recovery.run(inspects: job.inspects)
    }

    private func isHealthy(_ process: MonitoredProcess) async -> Bool {
        await parts.healthCheck.check(process, limit: process.settings.healthCheckTimeout) == .healthy
    }

    private func stepped(_ job: Job, _ step: RecoveryStep) {
        inProgress.stepped(job.id, step, now: clock.now)
        // The loop has to be back when it becomes slow.
        if step == .restarting { wake.signal() }
    }

    /// Claims a process; without the claim it is not touched.
    private func claim(_ job: Job, at moment: Timestamp, logger: Logger) async -> Bool {
        do {
            var request = job.claimRequest(instance: identity.instance, at: moment)
            request.exitedInstance = job.alarm.claim.map(\.instance).flatMap {
                parts.hasExited($0) == true ? $0 : nil
            }
            let result = try await store.claim(request)
            storeAnswered(writing: true)
            switch result {
            case .claimed:
                publish(request.events)
                return true
            case .heldBy(let instance):
                leaveElsewhere(job, to: instance, logger: logger)
            case .conflict:
                log.conflict(logger)
                // Not at once: where rows contradict each other, this is what the next poll finds, too.
                poll(at: now())
            }
            return false
        } catch  where error.isOfOneProcess {
            let until = now() + .seconds(1)
            if scheduler.postpone(job, until: until) { log.busy(error, logger) }
            poll(at: until)
            return false
        } catch {
            storeFailed(error, writing: true)
        }
        schedule.invalidate()
        return false
    }

    /// Leaves a process to the daemon that recovers it, until that one is done or found dead; says so once.
    private func leaveElsewhere(_ job: Job, to instance: String, logger: Logger) {
        poll(at: now() + (parts.hasExited(instance) == nil ? Heartbeat.interval : Self.elsewhereInterval))
        if scheduler.isNews(job, isServedBy: instance) { log.elsewhere(instance, logger) }
    }
}

// MARK: - Outcomes

/// Outcomes that become ready while a write is under way are written together by the next one.
extension Engine {
    /// Writes outcomes, with those that wait already; keeps them where that fails.
    ///
    /// - Returns: what became of each; nil when it waits for the store.
    @discardableResult
    func write(_ completions: [Completion]) async -> [CompletionResult?] {
        outbox.add(completions)
        await writing.lock()
        defer { writing.unlock() }
        // The task that wrote before may have written them along with its own.
        do {
            while !outbox.isBlocked, completions.contains(where: outbox.contains),
                try await writeBatch()
            {}
        } catch {
            outbox.isBlocked = true
            storeFailed(error, writing: true)
        }
        for completion in completions where outbox.contains(completion) { log.kept(completion) }
        if outbox.nextDue != nil { wake.signal() }
        return completions.map { outbox.takeResult(of: $0) }
    }

    /// Writes the outcomes that were kept, in order: all of them when the store failed, else those whose time has come.
    ///
    /// - Parameter hurries: there is no later: also those that would wait for a better moment.
    func writeKept(hurries: Bool = false) async throws(StoreError) {
        if hurries {
            outbox.hurry()
        } else if !outbox.isBlocked {
            guard let due = outbox.nextDue, due <= clock.now else { return }
        }
        let before = outbox.count
        await writing.lock()
        defer { writing.unlock() }
        while try await writeBatch() {}
        outbox.isBlocked = false
        // Polls have left their processes out.
        if outbox.count < before { schedule.pollSoon() }
    }

    /// Writes the oldest outcomes: together, or one by one where one of them spoils that.
    ///
    /// - Returns: whether there was any to write.
    private func writeBatch() async throws(StoreError) -> Bool {
        let batch = outbox.due(at: clock.now)
        guard !batch.isEmpty else { return false }
        if batch.count > 1 {
            do {
                try await complete(batch)
                return true
            } catch  where !error.isOfOneProcess {
                throw error
            } catch {}
        }
        for completion in batch {
            do {
                try await complete([completion])
            } catch  where error.isOfOneProcess {
                let isKept = outbox.postpone(
                    completion, isRefusal: error.code == .rejected, now: clock.now, random: .random(in: 0...1))
                if isKept { continue }
                // Trying again can't help. Its alarm stands.
                outbox.settled(completion, nil)
                log.gaveUp(completion, error)
            }
        }
        return true
    }

    private func complete(_ completions: [Completion]) async throws(StoreError) {
        let results = try await store.complete(completions)
        storeAnswered(writing: true)
        for (completion, result) in zip(completions, results) {
            outbox.settled(completion, result)
            scheduler.settled(result.alarm, of: completion)
            if result.alarm == .raisedAgain { schedule.invalidate() }
            log.written(completion, result)
            publish(completion.events(breakerApplied: result.breakerApplied))
        }
    }
}

extension StoreError {
    /// It concerns one process alone: a row that is locked, an outcome that is refused. For others there may be nothing
    /// wrong.
    var isOfOneProcess: Bool {
        switch code {
        case .busy, .duplicate, .rejected: true
        case .unreachable, .timedOut, .denied, .schema, .unwritable: false
        }
    }
}
