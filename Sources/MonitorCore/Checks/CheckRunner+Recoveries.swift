internal import Logging

// What recoveries and checks have to do with each other.

extension CheckRunner {
    /// What the engine tells of recoveries.
    package nonisolated var observer: RecoveryObserver {
        RecoveryObserver(
            began: { [weak self] in await self?.recoveryBegan(of: $0) },
            ended: { [weak self] in await self?.recoveryEnded(of: $0, as: $1, started: $2) })
    }

    /// While a process is being recovered, its checks tell nothing of their own: it is down by intention.
    private func recoveryBegan(of process: MonitoredProcess) { recovering.insert(process.name) }

    private func recoveryEnded(
        of process: MonitoredProcess, as outcome: RecoveryOutcome, started: Started?
    ) {
        recovering.remove(process.name)
        guard outcome == .recovered else { return }
        for (id, entry) in entries where entry.process.name == process.name {
            if entry.spec.raises, entry.spec.kind.tellsAtOnce {
                guard let isNews = entries[id]?.state.record(.passed("the process was recovered"), at: now()) else {
                    continue
                }
                note(id, isNews: isNews)
            } else {
                entries[id]?.state.processRecovered(at: now())
            }
            schedule.hurry(id, now: clock.now)
        }
        if let started, settings.relapseWindow > .zero, started.identity != nil {
            cares.append(
                Aftercare(
                    process: process, started: started, end: clock.now.advanced(by: settings.relapseWindow)))
        }
        wake.signal()
    }

    /// Asks all checks of a process that can tell at once, beside one another.
    ///
    /// - Returns: nil when none of them fails, else why, a phrase.
    package func ask(_ process: MonitoredProcess, limit: Duration) async -> String? {
        begin()
        let asked = entries.values.filter {
            $0.process.name == process.name && $0.spec.raises && $0.spec.kind.tellsAtOnce
        }
        guard !asked.isEmpty else { return nil }
        return await withTaskGroup(of: String?.self) { group in
            for entry in asked {
                let (check, source, own) = (entry.check, entry.source, min(limit, entry.spec.timeout))
                group.addTask {
                    guard case .failed(let reason) = await check.run(limit: own) else { return nil }
                    return "\(source): \(reason)"
                }
            }
            for await failure in group {
                guard let failure else { continue }
                group.cancelAll()
                return failure
            }
            return nil
        }
    }

    /// Watches over a process that was just recovered, and raises the alarm again at once where it is lost.
    func watch(over care: Aftercare<C>) async {
        guard let reason = await care.loss(by: parts, clock: clock), !recovering.contains(care.process.name) else {
            return
        }
        logger.warning(
            "a process did not stay after its recovery",
            metadata: ["event": "aftercare.lost", "process.name": "\(care.process.name)", "reason": "\(reason)"])
        guard settings.mode == .act else { return }
        let cause = AlarmCause(source: "aftercare", reason: reason, note: "lost after its recovery: \(reason)")
        while !Task.isCancelled, clock.now < care.end {
            do {
                let rows = try await store.processes(named: [care.process.name.rawValue])
                let ids = rows.prefix(1).filter { !$0.alarm && !isHeld($0) }.map(\.processID)
                if !ids.isEmpty, try await !store.raise(ids, cause).isEmpty {
                    logger.warning(
                        "raised an alarm",
                        metadata: [
                            "event": "alarm.raised", "process.name": "\(care.process.name)",
                            "alarm.source": "aftercare", "reason": "\(reason)",
                        ])
                    pollNow()
                }
                return
            } catch {
                // The store's failures are told by the engine; what is lost may be found again.
                try? await clock.sleep(for: .seconds(1))
            }
        }
    }
}

/// The health check of a process that has checks: they have to pass too.
package struct CheckedHealth<C: Clock<Duration>>: HealthCheck {
    private let base: any HealthCheck
    private let runner: CheckRunner<C>

    package init(_ base: any HealthCheck, and runner: CheckRunner<C>) {
        self.base = base
        self.runner = runner
    }

    package func check(_ process: MonitoredProcess, limit: Duration) async -> HealthResult {
        let result = await base.check(process, limit: limit)
        guard result == .healthy, let failure = await runner.ask(process, limit: limit) else { return result }
        return .unhealthy(failure)
    }
}
