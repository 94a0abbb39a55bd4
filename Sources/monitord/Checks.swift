import MonitorCore
import MonitorLinux
import MonitorSystemd
import Synchronization

extension CheckParts {
    /// The checks of this host: those of units are systemd's, all others the system's own.
    init(_ kinds: LinuxChecks, manager: SystemdServiceManager?, recovery: RecoveryParts) {
        self.init { spec, process in
            guard case .unit(let unit) = spec.kind else { return kinds.makeCheck(spec, settings: process.settings) }
            return manager.map { UnitCheck(unit: unit, manager: $0) } ?? NoUnitCheck()
        } watch: { spec, process in
            guard case .unit(let unit) = spec.kind else { return kinds.watch(spec, settings: process.settings) }
            return manager?.changes(of: unit)
        }
        age = { process in
            if process.settings.strategy != .process, let manager,
                let age = await manager.age(of: process.settings.unit ?? UnitName(process: process.name))
            {
                return age
            }
            return await kinds.age(of: process)
        }
        watchStarted = { started in
            switch started.identity {
            case .unit(let unit, _): manager?.changes(of: unit)
            case .process(let pid, let startTime): noticeOfEnd(pid: pid, startTime: startTime)
            case nil: nil
            }
        }
        loss = { process, started in
            if case .unit(let unit, _) = started.identity {
                // One that was stopped, or has done its work, is inactive; one that is started again is not lost.
                guard let state = try? await manager?.state(of: unit), state.active == "failed" else { return nil }
            }
            guard let reason = await recovery.strategy.loss(of: started) else { return nil }
            // It may have been started again by another.
            let health = await recovery.healthCheck.check(process, limit: process.settings.healthCheckTimeout)
            return health == .healthy ? nil : reason
        }
    }
}

/// The check of a unit where no systemd runs.
private struct NoUnitCheck: Check {
    func run(limit: Duration) async -> CheckResult { .unknown("no systemd runs here") }
}

/// Asks an engine to poll that is made later than what asks.
final class PollRequest: Sendable {
    private let target = Mutex<Engine<ContinuousClock>?>(nil)

    var engine: Engine<ContinuousClock>? {
        get { target.withLock { $0 } }
        set { target.withLock { $0 = newValue } }
    }

    func callAsFunction() { engine?.pollNow() }
}
