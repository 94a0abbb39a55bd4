package import Logging
package import MonitorCore

/// Makes the checks that this system can make by itself: every kind but `unit`, which is the service manager's.
package struct LinuxChecks: Sendable {
    private let commands: CommandRunner
    private let manager: (any ServiceManager)?
    private let finder: ProcessFinder
    private let logger: Logger
    private let holds = ProcessHolds()
    private let searches = RecentSearch()

    /// - Parameters:
    ///   - manager: nil on a host without one; asked by `process` checks where the process is not found otherwise.
    ///   - stateDirectory: the one of the ``ProcessStrategy``, where it is kept what was started.
    package init(
        commands: CommandRunner = CommandRunner(), manager: (any ServiceManager)?, stateDirectory: String?,
        logger: Logger
    ) {
        self.commands = commands
        self.manager = manager
        finder = ProcessFinder(stateDirectory: stateDirectory)
        self.logger = logger
    }

    /// Makes the check of a section. What can't be asked at all (a header with a line break) is a check that says so.
    ///
    /// A check remembers what it saw last, so it is made once, and asked again and again.
    ///
    /// - Parameter settings: those of the process that the check is about.
    package func makeCheck(_ spec: CheckSpec, settings: ProcessSettings) -> any Check {
        let process = MonitoredProcess(name: spec.process, settings: settings)
        switch spec.kind {
        case .process:
            let health = ProcessHealthCheck(finder: finder, manager: manager, logger: logger)
            return ProcessCheck(process: process, health: health, searches: searches, hold: holds.hold(of: spec))
        case .command(let command):
            return CommandCheck(command: command, process: spec.process, commands: commands)
        case .nagios(let plugin):
            return NagiosCheck(plugin: plugin, process: spec.process, commands: commands)
        case .tcp(let target): return TCPCheck(target)
        case .unix(let path): return UnixSocketCheck(path: path)
        case .file(let target): return FileCheck(target)
        case .resource(let target):
            return ResourceCheck(
                process: process, target: target, finder: finder, searches: searches, logger: logger)
        case .http(let target):
            do throws(InvalidHTTPTarget) {
                return try HTTPCheck(target)
            } catch {
                return UnusableCheck(reason: error.reason)
            }
        case .unit: return UnusableCheck(reason: "the service manager makes the checks of units")
        }
    }

    /// How long a process has been running, the one of its processes that runs longest; nil where none is found.
    package func age(of process: MonitoredProcess) async -> Duration? {
        guard case .found(let set) = await finder.find(process, logger: logger) else { return nil }
        return set.members.map { .wallClock() - $0.identity.startedAt }.max()
    }

    /// Hints that a check should run now, because what it is about has just changed; nil for kinds that no event tells of.
    ///
    /// A `process` check has a hint when the process that it found last ends, whatever started it. A hint is no answer: the
    /// process may have others of its name. The sequence ends with the task that reads it, and never by itself.
    package func watch(_ spec: CheckSpec, settings: ProcessSettings) -> AsyncStream<Void>? {
        guard case .process = spec.kind else { return nil }
        return holds.hold(of: spec).ends()
    }
}

/// A check that can't be made, and why.
struct UnusableCheck: Check {
    let reason: String

    func run(limit: Duration) async -> CheckResult { .unknown(reason) }
}
