internal import Logging

/// Restarts a process as the service that it is, else as a process of its own; never as both.
///
/// | the unit | what is done |
/// | --- | --- |
/// | restarts | that is all |
/// | is masked, or its conditions don't hold | nothing: it was decided so |
/// | is none of that name | what ``OwnerStrategy`` does: the unit whose process it is, else the process |
/// | fails, and stays down | the process, where that can be started and is no other unit's |
/// | fails, and systemd is still at it, or can't read its file | nothing: it is the unit's to come up |
struct AutoStrategy: RestartStrategy {
    private let manager: any ServiceManager
    private let service: ServiceStrategy
    private let owners: OwnerStrategy
    private let process: any ProcessControl

    init(manager: any ServiceManager, process: any ProcessControl, protected: ProtectedUnits) {
        self.manager = manager
        service = ServiceStrategy(manager: manager)
        owners = OwnerStrategy(manager: manager, process: process, protected: protected)
        self.process = process
    }

    func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        let result = await service.restart(process, logger: logger)
        switch result {
        case .restarted, .refused, .interrupted: return result
        case .failed(let reason): return await replaceUnit(of: process, because: reason, logger: logger)
        case .notFound: return await restartWithoutUnit(process, logger: logger)
        }
    }

    func prepare(_ process: MonitoredProcess) async { await service.prepare(process) }

    private func restartWithoutUnit(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        await owners.restart(process, logger: logger) {
            guard await self.process.plan(for: process, logger: logger) == .nothingKnown else { return nil }
            let sought = process.settings.match.map { "with '\($0)' in its command line" } ?? "named '\(process.name)'"
            return .failed(
                "nothing to restart: unit \(process.unit) does not exist, no process \(sought) runs, "
                    + "and no start_command is set")
        }
    }

    /// Starts as a process what could not be started as a unit.
    ///
    /// Only where the unit stays down, and where there is something to start, a `start_command` or a process of no unit:
    /// else the unit, which may still come up, would be stopped for nothing.
    private func replaceUnit(
        of process: MonitoredProcess, because reason: String, logger: Logger
    ) async -> RestartResult {
        let unit = process.unit
        do throws(ServiceManagerError) {
            guard try await manager.state(of: unit).isAtRest else { return .failed(reason) }
            let pids = await self.process.running(process, logger: logger)
            if process.settings.startCommand == nil, pids.isEmpty { return .failed(reason) }
            switch try await owners.owner(of: pids, process) {
            case .none: break
            case .unit(let owner), .denied(let owner, _):
                return .failed("\(reason); what runs under its name is unit \(owner)'s, and left alone")
            case .several(let names):
                return .failed("\(reason); what runs under its name is that of units (\(names)), and left alone")
            }
            switch await self.process.plan(for: process, logger: logger) {
            case .ready: break
            case .nothingKnown: return .failed(reason)
            case .impossible(let obstacle): return .failed("\(reason); then \(obstacle)")
            }
            logger.warning(
                "the unit could not be restarted: restarting the process in its place",
                metadata: [
                    "event": "strategy.fallback", "process.name": "\(process.name)", "unit.name": "\(unit)",
                    "error.reason": "\(reason)",
                ])
            // So that nothing starts it again meanwhile.
            try await manager.stop(unit, for: process.name)
        } catch {
            return .failed("\(reason); \(error)")
        }
        if Task.isCancelled { return .interrupted("interrupted between unit \(unit) and the process") }
        switch await self.process.restart(process, logger: logger) {
        case .failed(let second): return .failed("\(reason); then \(second)")
        case .restarted(let text, let started): return .restarted("\(text), in place of unit \(unit)", started)
        case let other: return other
        }
    }
}

/// Restarts what has no unit of its name: through the unit that has it, else as a process of its own.
///
/// Who owns a process decides. One that belongs to a unit is started again by that unit, if only by its `Restart=`: to
/// kill it and start another would leave two.
struct OwnerStrategy: RestartStrategy {
    let manager: any ServiceManager
    let process: any ProcessControl
    let protected: ProtectedUnits

    enum Owner: Sendable, Equatable {
        case none
        /// They are this unit's main process.
        case unit(UnitName)
        /// Of this unit, but not to be restarted through it; a phrase.
        case denied(UnitName, String)
        /// Of several; their names.
        case several(String)
    }

    func restart(_ process: MonitoredProcess, logger: Logger) async -> RestartResult {
        await restart(process, logger: logger) { nil }
    }

    /// - Parameter ifNoneRuns: asked where no process of the name runs; nil goes on.
    func restart(
        _ process: MonitoredProcess, logger: Logger, ifNoneRuns: () async -> RestartResult?
    ) async -> RestartResult {
        let pids = await self.process.running(process, logger: logger)
        // An operator who says both how it is stopped and how it is started knows whose it is.
        if process.settings.strategy == .process, process.settings.stopCommand != nil,
            process.settings.startCommand != nil
        {
            return await self.process.restart(process, logger: logger)
        }
        let owner: Owner
        do throws(ServiceManagerError) {
            owner = try await pids.isEmpty ? ownerOfNone(process) : self.owner(of: pids, process)
        } catch {
            // Killing what a service manager may start again could make two of it.
            return .failed(error.description)
        }
        logger.debug(
            "asked whose the process is",
            metadata: ["process.name": "\(process.name)", "process.count": "\(pids.count)", "owner": "\(owner)"])
        switch owner {
        case .none:
            if pids.isEmpty, let result = await ifNoneRuns() { return result }
            return await self.process.restart(process, logger: logger)
        case .denied(_, let reason):
            return .refused(reason)
        case .several(let names):
            return .refused("\(process.name) runs as several units (\(names)): set unit to one of them")
        case .unit(let unit):
            logger.info(
                "found the process running as another unit",
                metadata: ["event": "strategy.owner", "process.name": "\(process.name)", "unit.name": "\(unit)"])
            return await manager.restart(RestartOrder(unit, for: process))
        }
    }

    /// Whose the process is while none of its name runs: its unit's, where that is at work; that of the unit that runs
    /// its program under another name (a changed title, a script of an interpreter), or is about to bring it back.
    private func ownerOfNone(_ process: MonitoredProcess) async throws(ServiceManagerError) -> Owner {
        let state = try await manager.state(of: process.unit)
        if state.isAtWork { return .unit(process.unit) }
        let units = try await manager.servicesAtWork().filter { unit, commands in
            !protected.isTransparent(unit) && commands.contains { process.isStarted(by: $0) }
        }
        guard let unit = units.keys.first else { return .none }
        return units.count == 1 ? .unit(unit) : .several(units.keys.map(\.rawValue).sorted().joined(separator: ", "))
    }

    /// Whose processes these are.
    func owner(of pids: [Int32], _ process: MonitoredProcess) async throws(ServiceManagerError) -> Owner {
        var owners: [UnitName: Bool] = [:]
        for pid in pids {
            guard let owner = try await manager.owner(of: pid), !protected.isTransparent(owner.unit) else { continue }
            owners[owner.unit] = owners[owner.unit, default: false] || owner.isMainProcess
        }
        guard let (unit, isMain) = owners.first else { return .none }
        guard owners.count == 1 else { return .several(owners.keys.map(\.rawValue).sorted().joined(separator: ", ")) }
        if let reason = protected.reason(for: unit.rawValue) {
            return .denied(unit, "\(process.name) runs in unit \(unit), which is protected: \(reason)")
        }
        if !isMain {
            return .denied(
                unit,
                "\(process.name) runs in unit \(unit), but isn't its main process: set unit = \(unit) to restart all of it"
            )
        }
        return .unit(unit)
    }
}

extension MonitoredProcess {
    /// Whether a command line starts a process that is this one: its program or script has the name, or it holds the text
    /// that is matched.
    fileprivate func isStarted(by command: [String]) -> Bool {
        if let match = settings.match { return command.joined(separator: " ").contains(match) }
        return command.prefix(2).contains { $0.split(separator: "/").last.map(String.init) == name.rawValue }
    }
}
