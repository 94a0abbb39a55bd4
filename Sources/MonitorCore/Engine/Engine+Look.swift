internal import Logging

extension Engine {
    /// How often it is looked whether another daemon still recovers a process: one of this machine is known to be gone
    /// as soon as it is.
    static var elsewhereInterval: Duration { .seconds(2) }

    /// How old a poll may be for its alarms to be started without another look.
    static var queueFreshness: Duration { .seconds(1) }

    /// How soon after a look the next one may be wanted: who wants one at each of thousands of changes gets a hundred a
    /// second.
    static var lookSpacing: Duration { .milliseconds(10) }

    /// One turn of the loop: looks if it is time to, signs if it is time to.
    ///
    /// - Returns: how long to wait for the next turn, if nothing wakes the loop before.
    func turn() async -> Duration {
        if let pauseEnd, clock.now < pauseEnd { return clock.now.duration(to: pauseEnd) }
        if wake.isLookWanted { hastenLook() }
        do {
            if isTimeToLook() { try await look() }
            if clock.now >= nextBeat { try await beat(.running) }
            return max(.zero, clock.now.duration(to: min(nextBeat, nextLook)))
        } catch {
            return storeFailed(error, writing: false)
        }
    }

    private var nextLook: C.Instant {
        guard let lastLook else { return clock.now }
        let regular = lastLook.advanced(by: settings.checkInterval)
        return nextLookWanted.map { min($0, regular) } ?? regular
    }

    /// Looks at `moment`, if nothing else makes it look before.
    func lookAgain(at moment: Timestamp) {
        let instant = clock.now.advanced(by: max(.milliseconds(100), moment - now()))
        nextLookWanted = nextLookWanted.map { min($0, instant) } ?? instant
    }

    /// Looks now, or as soon as the last look is not too recent.
    private func hastenLook() {
        guard let moment = lastLook?.advanced(by: Self.lookSpacing) else { return }
        nextLookWanted = nextLookWanted.map { min($0, moment) } ?? moment
    }

    private func isTimeToLook() -> Bool {
        guard let lastLook, storeFailure == nil, !outbox.isHeldUp else { return true }
        if clock.now >= nextLook { return true }
        // Alarms that wait are started from the last poll while it is fresh.
        let mayStart = scheduler.running.count < settings.maxConcurrentRestarts
        return mayStart && !scheduler.waiting.isEmpty
            && lastLook.duration(to: clock.now) > Self.queueFreshness
    }

    /// One round trip: the alarms, and what follows from them.
    func look() async throws(StoreError) {
        if capabilities == nil { try await open() }
        try await writeKept()
        wake.takeLook()
        let runningBefore = scheduler.running
        let alarms = try await store.poll()
        storeAnswered(writing: false)
        lastPoll = wallClock()
        lastLook = clock.now
        let plan = scheduler.take(
            alarms,
            rules: Scheduler.Rules(
                settings: settings, instance: identity.instance, wallClock: wallClock()),
            runningBefore: runningBefore, at: now(), jitter: { .random(in: 0...1) })
        if !runningBefore.isSubset(of: scheduler.running) { lastLook = nil }
        nextLookWanted = nil
        if let moment = plan.nextLook { lookAgain(at: moment) }
        breakersOpen = plan.breakersOpen
        plan.announcements.forEach(log)
        if !plan.reports.isEmpty { await write(plan.reports) }
    }

    private func open() async throws(StoreError) {
        let capabilities = try await store.open()
        self.capabilities = capabilities
        logger.info(
            "reached the database", metadata: ["event": "store.opened", "store.server": "\(capabilities.server)"])
        for remark in capabilities.remarks {
            logger.warning("the database lacks something", metadata: ["event": "store.remark", "remark": "\(remark)"])
        }
    }

    func beat(_ state: Heartbeat.State) async throws(StoreError) {
        try await store.heartbeat(sign(state))
        storeAnswered(writing: true)
        nextBeat = clock.now.advanced(by: Heartbeat.interval)
    }

    private func sign(_ state: Heartbeat.State) -> Heartbeat {
        Heartbeat(
            daemon: identity, state: state, startedAt: startedAt, lastPoll: lastPoll,
            leaseExpiresAt: wallClock() + Heartbeat.lease)
    }

    /// Writes what is left to write, signs off, and closes the store.
    func sayGoodbye() async {
        if capabilities != nil {
            try? await writeKept()
            // Nothing is lost without it: the sign of life runs out by itself.
            try? await store.heartbeat(sign(.stopped))
        }
        if !outbox.reports.isEmpty {
            logger.warning(
                "ends before the database could take all outcomes: their alarms stand, and are served at the next start",
                metadata: ["event": "store.unwritten", "reports": "\(outbox.reports.count)"])
        }
        await store.close()
    }

    /// Takes note that the store failed, and pauses the loop.
    ///
    /// - Parameter writing: it was a write that failed; reading alone does not show that this is over.
    /// - Returns: how long the loop pauses.
    @discardableResult
    func storeFailed(_ error: StoreError, writing: Bool) -> Duration {
        if storeFailure?.error.code != error.code {
            logger.error(
                "cannot work with the database, and keeps trying",
                metadata: ["event": "store.away", "error.code": "\(error.code)", "error.reason": "\(error)"])
        }
        storeFailure = (error, writing)
        // What it can do may be different when it is back.
        if error.code == .schema || error.code == .denied { capabilities = nil }
        // The next sign of life shows whether it takes writes again.
        if writing { nextBeat = clock.now }
        let pause = backoff.next(random: .random(in: 0...1))
        pauseEnd = clock.now.advanced(by: pause)
        return pause
    }

    func storeAnswered(writing: Bool) {
        guard let storeFailure, writing || !storeFailure.writing else { return }
        self.storeFailure = nil
        pauseEnd = nil
        backoff.succeeded()
        logger.info("the database answers again", metadata: ["event": "store.back"])
    }

    private func log(_ announcement: Scheduler.Announcement) {
        switch announcement {
        case .refused(let name, let reason):
            logger.warning(
                "refuses a process; its alarm stands",
                metadata: ["event": "process.refused", "process.name": "\(name)", "reason": "\(reason)"])
        case .breakerOpen(let name, let until, let failures):
            logger.warning(
                "breaker is open: no restart before its time, or a reset",
                metadata: [
                    "event": "breaker.open", "process.name": "\(name)", "breaker.until": "\(until.utcText)",
                    "breaker.failures": "\(failures)",
                ])
        case .held(let name, let hold):
            logger.info(
                "process is held: no restart before its release",
                metadata: [
                    "event": "process.held", "process.name": "\(name)",
                    "hold.until": "\(hold.until?.utcText ?? "released")",
                    "hold.reason": "\((hold.reason ?? "").escapedForDisplay())",
                ])
        case .relapsed(let name, let failures):
            logger.warning(
                "in alarm again soon after a recovery: counts as a failure",
                metadata: [
                    "event": "breaker.relapse", "process.name": "\(name)", "breaker.failures": "\(failures)",
                ])
        }
    }
}
