internal import Glibc
internal import Logging
internal import MonitorCore

/// Ends the commands that a daemon before this one was running for a process when it was killed.
///
/// They are known by what every command is given (`MONITOR_PROCESS_NAME`), by the shell that runs them, and by having lost their daemon. What a
/// `start_command` has started, or is about to start, bears a ``LaunchMark`` besides: that is the process, and stopped as such.
struct OrphanedCommands: Sendable {
    let clock: any Clock<Duration>

    /// How long the system may take to end what got SIGKILL.
    private static let killLimit: Duration = .seconds(5)

    /// Kills them, and everything in their sessions, but for a session in which the process itself runs already.
    ///
    /// - Returns: false when some of them still live.
    func end(of name: ProcessName, besides running: ProcessSet, logger: Logger) async -> Bool {
        let entries = await ProcessSearch.current().entries
        let inUse = Set(running.members.map(\.stat.session))
        let sessions = Set(entries.filter { Self.isOrphan($0, of: name) }.map(\.stat.session)).subtracting(inUse)
        guard !sessions.isEmpty else { return true }
        logger.warning(
            "ends commands that a daemon before this one has left behind",
            metadata: ["event": "process.orphans", "process.count": "\(sessions.count)"])
        let members = ProcessSet(entries.filter { sessions.contains($0.stat.session) && $0.stat.isAlive })
        guard let handles = try? ProcessHandle.handles(of: members) else { return false }
        for handle in handles { try? handle.send(SIGKILL) }
        let wait = await clock.wait(atMost: Self.killLimit) {
            for handle in handles { await handle.waitForEnd() }
        }
        if case .finished = wait { return true }
        return false
    }

    /// Whether it is the shell of a command, the leader of the session that each command has, without its daemon.
    private static func isOrphan(_ entry: ProcessEntry, of name: ProcessName) -> Bool {
        let pid = entry.identity.pid
        guard entry.stat.session == pid, entry.stat.parent == 1, entry.stat.isAlive, entry.mark == nil,
            entry.arguments.prefix(2) == [Array("sh".utf8), Array("-c".utf8)]
        else { return false }
        let mark = Array("MONITOR_PROCESS_NAME=\(name)".utf8)
        return ProcFile(pid: pid).environment()?.contains(mark) ?? false
    }
}
