package import Logging
package import MonitorCore
internal import MonitorIO

/// The health check of every process: finds out by itself what it knows how to, and runs the command for the rest.
///
/// What is native is decided in one place, by the text of the command: `NativeCheck`. `pgrep NAME`, with the process's own name, is the default
/// check, also where the file spells it out: whether this process runs. Any other `pgrep` runs as it is written.
package struct HealthCheckSelector: HealthCheck {
    private let commands: CommandHealthCheck
    private let manager: (any ServiceManager)?
    private let finder: ProcessFinder
    private let logger: Logger

    /// - Parameters:
    ///   - manager: nil on a host without one: `systemctl is-active` then runs as it stands.
    ///   - stateDirectory: the one of the ``ProcessStrategy``, where it is kept what was started.
    package init(
        commands: CommandRunner = CommandRunner(), manager: (any ServiceManager)?, stateDirectory: String?,
        logger: Logger
    ) {
        self.commands = CommandHealthCheck(commands: commands)
        self.manager = manager
        finder = ProcessFinder(stateDirectory: stateDirectory)
        self.logger = logger
    }

    package func check(_ process: MonitoredProcess, limit: Duration) async -> HealthResult {
        let text = process.settings.healthCheckCommand.rendered(for: process.name)
        let result = await kind(of: text, process).check(process, limit: limit)
        logger.debug(
            "checked a process",
            metadata: [
                "event": "check.done", "process.name": "\(process.name)",
                "check.command": "\(text.escapedForDisplay(limit: 100))",
                "check.result": "\(result)",
            ])
        return result
    }

    private func kind(of text: String, _ process: MonitoredProcess) -> any HealthCheck {
        switch NativeCheck(text) {
        case .pgrep(process.name.rawValue): return ProcessHealthCheck(finder: finder, manager: manager, logger: logger)
        case .unitIsActive(let unit):
            guard let manager else { return commands }
            return UnitHealthCheck(unit: unit, manager: manager)
        case .pgrep, .command: return commands
        }
    }
}

/// The default check: whether this process runs.
///
/// Healthy is what the finder finds (what monitord has started, the pid file, `match`, the exact name), alive and of the known user; and a service
/// whose unit is active. Never a kernel thread, a zombie, or a program whose name only contains the process's.
struct ProcessHealthCheck: HealthCheck {
    let finder: ProcessFinder
    let manager: (any ServiceManager)?
    let logger: Logger

    func check(_ process: MonitoredProcess, limit: Duration) async -> HealthResult { await examine(process).result }

    /// The same, with what was found.
    ///
    /// - Parameter search: where to look; nil for what runs now.
    func examine(
        _ process: MonitoredProcess, in search: ProcessSearch? = nil
    ) async -> (result: HealthResult, running: ProcessSet) {
        let none = ProcessSet([])
        var reason: String
        switch await finder.find(process, in: search, logger: logger) {
        case .found(let set):
            let owner = await BlockingWork.run { finder.knownOwner(of: process) }
            let running = set.owned(by: owner)
            if !running.isEmpty { return (.healthy, running) }
            reason =
                set.isEmpty
                ? "no process \(process.settings.match.map { "with '\($0)' in its command line" } ?? "named \(process.name)") runs"
                : "what runs as \(process.name) belongs to another user"
        case .refused(let denial): reason = denial
        }
        guard let manager, process.settings.strategy != .process,
            let state = try? await manager.state(of: process.settings.unit ?? UnitName(process: process.name)),
            state.load == "loaded"
        else { return (.unhealthy(reason), none) }
        if state.isActive { return (.healthy, none) }
        reason += ", and unit \(state.unit) is \(state.active)"
        return (.unhealthy(reason), none)
    }
}

/// Runs `health_check_command`: exit code 0 means healthy.
///
/// Whatever the command leaves behind is killed, also when it passes.
package struct CommandHealthCheck: HealthCheck {
    private let commands: CommandRunner

    package init(commands: CommandRunner = CommandRunner()) {
        self.commands = commands
    }

    package func check(_ process: MonitoredProcess, limit: Duration) async -> HealthResult {
        let text = process.settings.healthCheckCommand.rendered(for: process.name)
        let result = await commands.run(Command(text, limit: limit, name: process.name))
        if result.succeeded { return .healthy }
        return .unhealthy(result.phrase(for: text.escapedForDisplay(limit: 40)))
    }
}
