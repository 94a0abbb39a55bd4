public import MonitorCore
public import MonitorLinux

extension SystemdServiceManager {
    /// How long a program is watched after its start: one that is set up wrongly ends at once, and can say why.
    private static var settlingTime: Duration { .milliseconds(200) }

    public func startTransient(_ launch: LaunchSpec, for name: ProcessName) async -> RestartResult {
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
        let end = try await wait(for: job, of: path)
        environment = nil

        if end == .removed("done") { try? await Task.sleep(for: Self.settlingTime) }
        let unitEnd = try await self.end(of: path, seenBy: manager)
        guard let detail = unitEnd.detail, end != .removed("done") || detail.result != "success" else {
            return .restarted("started \(unit.processName) in unit \(unit.name)")
        }
        if case .overdue(let limit) = end {
            return .failed("\(unit.processName) was not started within \(Int(limit.seconds)) s")
        }
        let failure = UnitFailure(detail: detail, activeState: unitEnd.activeState, job: nil)
        let line = await journal.lastLine(of: unit.name, invocation: unitEnd.invocationID)
        return .failed("\(unit.processName) does not run: \(failure)" + (line.map { ": \($0)" } ?? ""))
    }
}
