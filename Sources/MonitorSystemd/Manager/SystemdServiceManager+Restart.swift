public import MonitorCore

extension SystemdServiceManager {
    public func restart(_ unit: UnitName) async -> RestartResult {
        beginUse()
        defer { endUse() }
        do throws(BusError) {
            return try await tryRestarting(unit)
        } catch {
            return RestartResult(error, restarting: unit)
        }
    }

    private func tryRestarting(_ unit: UnitName) async throws(BusError) -> RestartResult {
        let before = try await listing(of: unit)
        if let obstacle = try await obstacle(to: unit, as: before) { return obstacle }

        let manager = try connection()
        manager.trace(before.path)
        defer { manager.forget(before.path) }
        if before.job != nil, let result = try await othersJob(of: unit, as: before, over: manager) { return result }

        let invocationBefore = try await manager.get(.invocationID, of: before.path).reply()
        await forgetFailures(of: unit, over: manager)
        let job = try await manager.queue("RestartUnit", unit.rawValue).reply()
        let end = try await wait(for: job, of: before.path)
        let unitEnd = try await self.end(of: before.path, seenBy: manager)
        return await result(for: unit, as: before, end, unitEnd, invocationBefore: invocationBefore)
    }

    /// Why the unit can't be restarted at all.
    private func obstacle(to unit: UnitName, as listing: UnitListing) async throws(BusError) -> RestartResult? {
        if let reason = protected.reason(for: listing.id) { return .refused("\(unit) is protected: \(reason)") }
        switch listing.loadState {
        case "loaded": return nil
        case "not-found": return .notFound("there is no unit \(unit)")
        case "masked": return .refused("unit \(unit) is masked")
        default:
            let reason = try await connection().get(.loadError, of: listing.path).reply()
            return .failed("unit \(unit) can't be loaded: \(reason)")
        }
    }

    /// Waits for a job that is not ours, rather than cancel it.
    ///
    /// - Returns: nil where it neither started nor stopped the unit, so that the restart is still to be done.
    private func othersJob(
        of unit: UnitName, as listing: UnitListing, over manager: ManagerConnection
    ) async throws(BusError) -> RestartResult? {
        guard let job = try await manager.watch(jobOf: listing.path).reply() else { return nil }
        let end = try await wait(for: job, of: listing.path)
        switch listing.job?.type {
        case "start", "restart", "try-restart", "reload-or-start":
            let unitEnd = try await self.end(of: listing.path, seenBy: manager)
            return await result(for: unit, as: listing, end, unitEnd, invocationBefore: nil)
        case "stop":
            return .interrupted("unit \(unit) was being stopped by somebody else")
        default:
            return nil
        }
    }

    /// systemd counts the restarts that it is asked for as its own, and would refuse the sixth in ten seconds; how
    /// often is too often is the circuit breaker's decision here.
    private func forgetFailures(of unit: UnitName, over manager: ManagerConnection) async {
        // Being refused this does not prevent the restart; being refused that will tell why.
        _ = try? await manager.resetFailed(unit.rawValue).reply()
    }

    private func result(
        for unit: UnitName, as listing: UnitListing, _ end: JobEnd, _ unitEnd: UnitEnd, invocationBefore: [UInt8]?
    ) async -> RestartResult {
        let job: String?
        switch end {
        case .removed(let result): job = result
        case .missed: job = nil
        case .overdue(let limit):
            return .failed("unit \(unit) did not finish within \(Int(limit.seconds)) s (\(unitEnd.activeState))")
        }
        switch UnitVerdict(job: job, invocationBefore: invocationBefore, end: unitEnd) {
        case .runs: return .restarted("unit \(unit) restarted")
        case .ranToItsEnd: return .restarted("unit \(unit) ran to its end")
        case .notWanted(let reason): return .refused("unit \(unit) was not started: \(reason)")
        case .replaced: return .interrupted("the job of unit \(unit) was cancelled by somebody else")
        case .failed(let reason):
            let line = await journal.lastLine(of: listing.id, invocation: unitEnd.invocationID)
            return .failed("unit \(unit) failed: \(reason)" + (line.map { ": \($0)" } ?? ""))
        }
    }
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
