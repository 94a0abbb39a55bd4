package import MonitorCore
package import MonitorLinux

/// Starts programs in units of the service manager's own, so that stopping the daemon never takes them along.
///
/// Their output goes to the journal. systemd adds the variables by which it tells a unit of its start (`INVOCATION_ID`
/// and its like, `systemd.exec(5)`), and leaves out those that are no text or have a name that no shell would take.
package struct TransientUnitLauncher: ProcessLauncher {
    private let start: @Sendable (_ launch: LaunchSpec, _ name: ProcessName) async -> RestartResult

    package init(manager: SystemdServiceManager) {
        self.init { launch, name in await manager.startTransient(launch, for: name) }
    }

    init(start: @escaping @Sendable (_ launch: LaunchSpec, _ name: ProcessName) async -> RestartResult) {
        self.start = start
    }

    package func start(_ launch: LaunchSpec, for name: ProcessName) async -> RestartResult {
        var launch = launch
        launch.environment = launch.environment ?? CommandEnvironment.clean(for: nil, account: nil)
        return await start(launch, name)
    }
}

extension SystemdServiceManager {
    /// How long a program is watched after its start: one that is set up wrongly ends at once, and can say why.
    private static var earlyFailureTime: Duration { .milliseconds(200) }
    /// What a start may take before it is logged to be slow.
    private static var slowStart: Duration { .seconds(30) }

    /// Starts a program in a unit of its own, which outlives this daemon; returns when it is running.
    package func startTransient(_ launch: LaunchSpec, for name: ProcessName) async -> RestartResult {
        beginUse()
        defer { endUse() }
        let unit = TransientUnit(for: name)
        do throws(BusError) {
            return try await start(launch, as: unit)
        } catch {
            switch error.kind {
            case .cancelled: return .interrupted("the wait for the start of \(name) was cut off")
            case .unanswered:
                return .interrupted("systemd did not answer, so whether \(name) was started is unknown")
            case .unreachable: return .failed("systemd cannot be reached: \(error)")
            case .malformed, .refused: return .failed("systemd cannot start \(name): \(error)")
            }
        }
    }

    private func start(_ launch: LaunchSpec, as unit: TransientUnit) async throws(BusError) -> RestartResult {
        // Read by systemd when it starts the program, so it has to stay until then.
        var environment: EnvironmentFile?
        if let variables = launch.environment {
            environment = try EnvironmentFile(variables, in: runtimeDirectory)
        }
        let manager = try connection()
        let path = try ManagerConnection.path(of: unit.name)
        manager.trace(path)
        defer { manager.forget(path) }
        let job = try await manager.queue("StartTransientUnit") { message throws(BusError) in
            try unit.write(launch, environmentFile: environment?.path, to: message)
        }.reply()
        let name = UnitName(given: unit.name)
        let end = try await wait(
            for: job, of: path, as: JobWait(for: name, of: unit.processName, slowAfter: Self.slowStart))
        environment = nil

        if end == .removed("done") { try? await Task.sleep(for: Self.earlyFailureTime) }
        let unitEnd = try await self.end(of: path, seenBy: manager)
        guard let detail = unitEnd.detail, end != .removed("done") || detail.result != "success" else {
            let identity = unitEnd.isActive ? Started.Identity.unit(name, invocation: unitEnd.invocationID) : nil
            return .restarted("started \(unit.processName) in unit \(unit.name)", Started(identity))
        }
        if case .overdue(let limit) = end {
            return .failed("\(unit.processName) was not started within \(Int(limit.seconds)) s")
        }
        let lines = await journal.lastLines(of: unit.name, invocation: unitEnd.invocationID)
        let reason = "\(unit.processName) does not run: \(unitEnd.failure(job: nil))"
        return .failed(lines.isEmpty ? reason : "\(reason): \(lines.text)")
    }
}
