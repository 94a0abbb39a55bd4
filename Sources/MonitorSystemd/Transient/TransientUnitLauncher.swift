public import MonitorCore
public import MonitorLinux

/// Starts programs in units of the service manager's own, so that stopping the daemon never takes them along.
///
/// Their output goes to the journal. systemd adds the variables by which it tells a unit of its start (`INVOCATION_ID`
/// and its like, `systemd.exec(5)`), and leaves out those that are no text or have a name that no shell would take.
public struct TransientUnitLauncher: ProcessLauncher {
    private let start: @Sendable (_ launch: LaunchSpec, _ name: ProcessName) async -> RestartResult

    public init(manager: SystemdServiceManager) {
        self.init { launch, name in await manager.startTransient(launch, for: name) }
    }

    init(start: @escaping @Sendable (_ launch: LaunchSpec, _ name: ProcessName) async -> RestartResult) {
        self.start = start
    }

    public func start(_ launch: LaunchSpec, for name: ProcessName) async -> RestartResult {
        var launch = launch
        launch.environment = launch.environment ?? CommandEnvironment.clean(for: nil, account: nil)
        return await start(launch, name)
    }
}
