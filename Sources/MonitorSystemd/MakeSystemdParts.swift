public import Logging
public import MonitorCore
internal import MonitorLinux

/// Makes what restarts processes that are services of this host through systemd, and finds them healthy while their
/// units are active.
///
/// The unit of a process is ``ProcessSettings/unit``, or the one of its name. What would end the machine's own
/// management, or the program itself, is refused.
///
/// - Parameter logger: told of units that are slow.
/// - Returns: nil where systemd does not run this host.
public func makeSystemdParts(logger: Logger) -> RecoveryParts? {
    guard SystemdServiceManager.isRunning else { return nil }
    let manager = SystemdServiceManager(protected: .ofThisProcess(), logger: logger)
    let commands = CommandRunner()
    return RecoveryParts(
        strategy: ServiceStrategy(manager: manager), healthCheck: OwnUnitCheck(manager: manager),
        prepare: { await commands.prepare($0) }, hasExited: DaemonIdentity.hasExited)
}

/// A process is healthy while its unit is active.
private struct OwnUnitCheck: HealthCheck {
    let manager: any ServiceManager

    func check(_ process: MonitoredProcess, limit: Duration) async -> HealthResult {
        let unit = process.settings.unit ?? UnitName(process: process.name)
        return await UnitHealthCheck(unit: unit, manager: manager).check(process, limit: limit)
    }
}
