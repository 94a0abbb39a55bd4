internal import Glibc
internal import MonitorCore
internal import MonitorIO

/// Ends children of ours that hang between being forked and executing their program.
///
/// swift-subprocess clones the daemon, which has several threads, and changes user and groups in the clone; the C
/// library may wait there for threads that only the original has. It was seen under heavy load. The library starts one
/// program at a time, so that a clone that hangs would keep every other from starting.
enum StuckSpawn {
    /// How long the system may take to execute a program, which may lie on a network.
    static let limit: Duration = .seconds(10)

    /// Kills those that there are; our own children, so that no pid of theirs can mean another process.
    ///
    /// To be called when a program was not executed within ``limit``.
    static func end() async {
        await BlockingWork.run {
            for pid in stuck(among: ProcessTable.read(), parent: getpid()) { kill(pid, SIGKILL) }
        }
    }

    /// Children that still are the program that forked them, and have long been.
    static func stuck(among table: ProcessTable, parent: pid_t) -> [pid_t] {
        guard let program = ProcFile(pid: parent).executable() else { return [] }
        return table.processes.values.filter { $0.parent == parent && $0.isAlive }.map(\.identity.pid)
            .filter { ProcFile(pid: $0).executable() == program }
    }
}
