internal import CSystemd
internal import Dispatch
internal import Glibc
package import Logging
package import MonitorCore
internal import MonitorIO

/// systemd, asked over D-Bus; nothing is forked.
///
/// One connection serves any number of restarts at once. It is made when needed, again when it breaks, and closed when it
/// has been idle for a while, as the signals of every unit of the host come over it. For root it goes to systemd's own
/// socket, for others over the system bus.
///
/// Every wait is limited: a call by 30 s, a job by what the unit's own `TimeoutStartSec=` and `TimeoutStopSec=` allow
/// for each of its steps, at most ten minutes. A task that is cancelled stops waiting; the job goes on.
///
/// - SeeAlso: `org.freedesktop.systemd1(5)`
package actor SystemdServiceManager: ServiceManager {
    private let queue = QueueExecutor(label: "process-monitor.systemd")
    let journal = JournalReader()
    private let protected: ProtectedUnits
    let runtimeDirectory: String
    private let logger: Logger
    /// Where systemd is looked for, in this order.
    private let addresses: [BusAddress]
    private var current: ManagerConnection?
    /// How many calls to this have begun, and how many of them have ended.
    private var uses = (begun: 0, ended: 0)
    private static let idleLimit = DispatchTimeInterval.seconds(30)
    /// What was asked for ahead of a restart.
    private var inquiries: [UnitName: UnitInquiry] = [:]
    /// What waits for jobs, by process.
    private let waits = JobWaits()
    /// What waits for changes of units.
    let watchers = UnitWatchers()

    package nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// Whether systemd runs this machine.
    ///
    /// - SeeAlso: `sd_booted(3)`
    package static var isRunning: Bool { sd_booted() > 0 }

    /// - Parameters:
    ///   - protected: what it refuses to restart, whatever alias it is asked under.
    ///   - runtimeDirectory: where the environment of a program lies for the moment of its start, readable for this
    ///     user alone; it is made where it is missing.
    package init(protected: ProtectedUnits, runtimeDirectory: String = "/run/monitord", logger: Logger) {
        self.init(
            protected: protected, runtimeDirectory: runtimeDirectory, logger: logger,
            addresses: geteuid() == 0 ? [.serviceManager, .system] : [.system])
    }

    init(protected: ProtectedUnits, runtimeDirectory: String, logger: Logger, addresses: [BusAddress]) {
        self.protected = protected
        self.runtimeDirectory = runtimeDirectory
        self.logger = logger
        self.addresses = addresses
    }

    // MARK: The connection

    /// Begins a call to this: as long as it lasts, the connection stays.
    func beginUse() { uses.begun += 1 }

    func endUse() {
        uses.ended += 1
        let usesNow = uses
        guard usesNow.begun == usesNow.ended else { return }
        queue.queue.asyncAfter(deadline: .now() + Self.idleLimit) { [weak self] in
            self?.assumeIsolated { this in
                guard this.uses == usesNow else { return }
                this.inquiries = [:]
                this.current = nil
            }
        }
    }

    /// The connection, made where there is none.
    func connection() throws(BusError) -> ManagerConnection {
        if let current, current.isOpen { return current }
        var failure = BusError(.unreachable, "no bus is known")
        for address in addresses {
            do throws(BusError) {
                return try connect(to: address)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private func connect(to address: BusAddress) throws(BusError) -> ManagerConnection {
        let connection = try ManagerConnection(to: address, on: queue) { [watchers] path in
            watchers.notice(path)
        } onClose: { [logger, watchers] reason in
            logger.info(
                "connection to systemd ended", metadata: ["event": "systemd.disconnected", "error.reason": "\(reason)"])
            // Changes may be missed until the next connection is made, which those who ask now will do.
            watchers.noticeAll()
        }
        current = connection
        return connection
    }

    /// How often a call has been waited for; what is asked for together is waited for once.
    var roundTrips: Int { current?.roundTrips ?? 0 }

    // MARK: Restarting

    package func prepare(_ unit: UnitName) {
        beginUse()
        defer { endUse() }
        inquiries[unit] = try? UnitInquiry(of: unit, over: connection())
    }

    package func restart(_ order: RestartOrder) async -> RestartResult {
        beginUse()
        defer { endUse() }
        do throws(BusError) {
            return try await tryRestarting(order)
        } catch {
            return RestartResult(error, restarting: order.unit)
        }
    }

    private func tryRestarting(_ order: RestartOrder) async throws(BusError) -> RestartResult {
        let unit = order.unit
        let before = try await facts(of: unit)
        if let obstacle = try await obstacle(to: order, as: before) { return obstacle }

        let manager = try connection()
        let path = before.listing.path
        manager.trace(path)
        defer { manager.forget(path) }
        if before.listing.job != nil, let result = try await othersJob(order, as: before, over: manager) {
            return result
        }
        logger.debug(
            "has a unit restarted",
            metadata: [
                "process.name": "\(order.process)", "unit.name": "\(unit)",
                "unit.state": "\(before.listing.activeState)",
                "unit.step": "\(before.listing.subState)", "unit.type": "\(before.type)",
            ])
        await forgetFailures(of: unit, over: manager)
        let job = try await manager.queue("RestartUnit", unit.rawValue).reply()
        let end = try await wait(for: job, of: path, as: JobWait(order))
        let unitEnd = try await self.end(of: path, seenBy: manager)
        return await result(of: order, as: before, end, unitEnd, invocationBefore: before.invocationID)
    }

    /// How the unit is, as it was asked for just before or as it is now.
    ///
    /// Asked again where the connection turns out to have been broken while nothing used it.
    private func facts(of unit: UnitName) async throws(BusError) -> UnitFacts {
        do throws(BusError) {
            if let prepared = inquiries.removeValue(forKey: unit), prepared.isFresh {
                return try await prepared.facts()
            }
            return try await UnitInquiry(of: unit, over: connection()).facts()
        } catch {
            guard error.kind == .unanswered else { throw error }
            return try await UnitInquiry(of: unit, over: connection()).facts()
        }
    }

    /// Why the unit can't be restarted at all.
    private func obstacle(to order: RestartOrder, as facts: UnitFacts) async throws(BusError) -> RestartResult? {
        let (unit, listing) = (order.unit, facts.listing)
        if let reason = protected.reason(for: listing.id) { return .refused("\(unit) is protected: \(reason)") }
        switch listing.loadState {
        case "loaded": break
        case "not-found" where listing.activeState == "inactive" || listing.activeState == "failed":
            return .notFound("there is no unit \(unit)")
        case "not-found":
            return .refused("the file of unit \(unit), which runs, is gone: put it back, then systemctl daemon-reload")
        case "masked": return .refused("unit \(unit) is masked")
        default:
            let reason = try await connection().get(.loadError, of: listing.path).reply()
            return .failed("unit \(unit) can't be loaded: \(reason)")
        }
        if let terminal = facts.terminal {
            return .refused(
                "unit \(unit) is protected: it has a terminal (\(terminal)), where a login would be ended or a shell opened"
            )
        }
        if facts.outlivesStop, !["inactive", "failed"].contains(listing.activeState) {
            return .refused(
                "unit \(unit) is not restarted: its process would go on beside the new one (KillMode=none): "
                    + "set KillMode= or ExecStop= in it")
        }
        guard listing.activeState == "inactive", !order.startsDisabled else { return nil }
        guard try await connection().get(.fileState, of: listing.path).reply() == "disabled" else { return nil }
        return .refused(
            "unit \(unit) is disabled and not running: enable it, or name it in a section [process.\(order.process)]")
    }

    /// Waits for a job that is not ours, rather than cancel it.
    ///
    /// - Returns: nil where it neither started nor stopped the unit, so that the restart is still to be done.
    private func othersJob(
        _ order: RestartOrder, as before: UnitFacts, over manager: ManagerConnection
    ) async throws(BusError) -> RestartResult? {
        let path = before.listing.path
        guard let job = try await manager.watch(jobOf: path).reply() else { return nil }
        let end = try await wait(for: job, of: path, as: JobWait(order))
        switch before.listing.job?.type {
        case "start", "restart", "try-restart", "reload-or-start":
            let unitEnd = try await self.end(of: path, seenBy: manager)
            return await result(of: order, as: before, end, unitEnd, invocationBefore: nil)
        case "stop":
            return .interrupted("unit \(order.unit) was being stopped by another")
        default:
            return nil
        }
    }

    /// systemd counts the restarts that it is asked for as its own, and would refuse the sixth in ten seconds; how
    /// often is too often is the circuit breaker's decision here.
    private func forgetFailures(of unit: UnitName, over manager: ManagerConnection) async {
        // Being refused this does not prevent the restart; being refused that will tell why.
        let reply = try? manager.resetFailed(unit.rawValue)
        // Of root, systemd asks polkit nothing: it does in order what it is sent, and the answer needs no waiting for.
        if geteuid() != 0 { _ = try? await reply?.reply() }
    }

    private func result(
        of order: RestartOrder, as before: UnitFacts, _ end: JobEnd, _ unitEnd: UnitEnd, invocationBefore: [UInt8]?
    ) async -> RestartResult {
        let unit = order.unit
        let job: String?
        switch end {
        case .removed(let result): job = result
        case .missed: job = nil
        case .overdue(let limit):
            return .failed("unit \(unit) did not finish within \(Int(limit.seconds)) s (\(unitEnd.activeState))")
        }
        switch UnitVerdict(job: job, invocationBefore: invocationBefore, end: unitEnd) {
        case .runs:
            let identity = Started.Identity.unit(
                UnitName(given: before.listing.id), invocation: unitEnd.invocationID)
            return .restarted("unit \(unit) restarted", Started(identity, isReady: before.startProvesReadiness))
        case .ranToItsEnd: return .restarted("unit \(unit) ran to its end", Started(isReady: true))
        case .notWanted(let reason): return .refused("unit \(unit) was not started: \(reason)")
        case .replaced: return .interrupted("the job of unit \(unit) was cancelled by another")
        case .failed(let reason):
            let lines = await journal.lastLines(of: before.listing.id, invocation: unitEnd.invocationID)
            return .failed(lines.explaining(reason, of: unit))
        }
    }

    // MARK: After the restart

    package func loss(of unit: UnitName, invocation: [UInt8]) async -> String? {
        beginUse()
        defer { endUse() }
        do throws(BusError) {
            let end = try await connection().end(of: ManagerConnection.path(of: unit.rawValue))
            let isSame = end.invocationID == invocation
            if end.isActive, isSame { return nil }
            let lines = await journal.lastLines(of: unit.rawValue, invocation: invocation, orRecent: !isSame)
            let reason =
                !isSame && !end.invocationID.isEmpty
                ? "systemd had to start it again" : end.failure(job: nil)
            return lines.explaining("it did not stay up: \(reason)", of: unit)
        } catch {
            return "whether unit \(unit) still runs is unknown: \(error)"
        }
    }

    package func diagnosis(of unit: UnitName, invocation: [UInt8]) async -> String? {
        beginUse()
        defer { endUse() }
        guard let path = try? ManagerConnection.path(of: unit.rawValue), let manager = try? connection(),
            var end = try? await manager.end(of: path)
        else { return nil }
        if end.detail == nil { end.detail = try? await manager.detail(of: path) }
        let lines = await journal.lastLines(of: unit.rawValue, invocation: invocation)
        let state = "unit \(unit) is \(end.activeState) (\(end.detail?.subState ?? "unknown"))"
        let reason = end.isActive ? state : "\(state): \(end.failure(job: nil))"
        return lines.isEmpty ? reason : "\(reason): \(lines.text)"
    }

    // MARK: After a job

    package nonisolated func pendingJob(for process: ProcessName) -> PendingJob? { waits[process]?.job }

    /// How a unit is found after its job; where systemd has forgotten it by then, how `listener` last saw it.
    func end(of path: String, seenBy listener: ManagerConnection) async throws(BusError) -> UnitEnd {
        // The connection that has listened may have broken meanwhile.
        var end = try await connection().end(of: path)
        if !end.isActive, end.invocationID.isEmpty { end.take(listener.traceOf(path)) }
        return end
    }

    // MARK: Stopping

    package func stop(_ unit: UnitName, for process: ProcessName) async throws(ServiceManagerError) {
        beginUse()
        defer { endUse() }
        let obstacle: String?
        do throws(BusError) {
            obstacle = try await tryStopping(unit, for: process)
        } catch {
            obstacle = error.meansNoSuchUnit ? nil : error.reason
        }
        if let obstacle { throw ServiceManagerError("cannot stop unit '\(unit)': \(obstacle)") }
    }

    /// What a stop may take before it is logged to be slow.
    private static let slowStop = Duration.seconds(30)

    /// Stops it; returns why that did not work.
    private func tryStopping(_ unit: UnitName, for process: ProcessName) async throws(BusError) -> String? {
        let listing = try await listing(of: unit)
        if let reason = protected.reason(for: listing.id) { return reason }
        if listing.job == nil, listing.activeState == "inactive" || listing.activeState == "failed" { return nil }
        logger.debug("has a unit stopped", metadata: ["process.name": "\(process)", "unit.name": "\(unit)"])
        let job = try await connection().queue("StopUnit", unit.rawValue).reply()
        switch try await wait(for: job, of: listing.path, as: JobWait(for: unit, of: process, slowAfter: Self.slowStop))
        {
        case .removed("done"), .missed: return nil
        case .removed(let result): return "systemd reports '\(result)'"
        case .overdue(let limit): return "it still runs after \(Int(limit.seconds)) s"
        }
    }

    // MARK: Jobs

    /// How often a wait asks by itself: a signal that was lost with a connection never comes again.
    private static let askInterval = Duration.seconds(2)

    /// Waits for the end of a job.
    ///
    /// - Parameter path: the object of the unit that has the job.
    /// - Throws: ``BusError/Kind/cancelled`` when the task was; errors of asking do not end the wait.
    func wait(for job: Job, of path: String, as wait: JobWait) async throws(BusError) -> JobEnd {
        waits[wait.process] = wait
        defer { waits[wait.process] = nil }
        var timeout: JobTimeout?
        while true {
            let untilSlow = waits[wait.process]?.slowAfter.map { max(.milliseconds(10), $0 - wait.duration) }
            let limit = min(Self.askInterval, untilSlow ?? Self.askInterval)
            if let result = await job.end.value(within: limit) { return .removed(result) }
            if Task.isCancelled { throw .cancelled }
            if timeout == nil { timeout = try? await connection().timeout(of: path, since: wait.begin) }
            let answer = try? await connection().step(of: path)
            if waits.update(wait.process, step: answer?.step) { logSlow(wait, step: answer?.step) }
            guard let answer else {
                if wait.duration > JobTimeout.longest { return .overdue(JobTimeout.longest) }
                continue
            }
            if answer.job != job.path { return .missed }
            if timeout?.isOver(at: .now, step: answer.step) == true { return .overdue(wait.duration) }
        }
    }

    private func logSlow(_ wait: JobWait, step: String?) {
        logger.warning(
            "a job of systemd's takes longer than command_timeout; it is waited for",
            metadata: [
                "event": "systemd.job_slow", "process.name": "\(wait.process)", "unit.name": "\(wait.unit)",
                "unit.step": "\(step ?? "unknown")", "duration": "\(wait.duration.written)",
            ])
    }
}

extension JobWait {
    fileprivate init(_ order: RestartOrder) {
        self.init(for: order.unit, of: order.process, slowAfter: order.slowAfter)
    }
}
