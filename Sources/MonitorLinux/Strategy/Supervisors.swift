internal import Glibc
internal import MonitorCore

/// How long a supervisor of a process's own may take to start it again.
struct SupervisionTimes: Sendable {
    /// Waited after the stop, before another is started.
    var beforeStart: Duration = .seconds(5)
    /// Watched after the start: one that is slower still is noticed then.
    var afterStart: Duration = .seconds(6)
}

/// What may start a process again when it ends: supervisord, runit, a shell's loop, the unit that it runs in.
///
/// PID 1 adopts whatever has lost its parent, the daemon starts nothing by itself, and a shell that an operator types into does neither.
struct Supervisors: Sendable, Equatable {
    private(set) var parents: [pid_t: String] = [:]
    private(set) var services: Set<String> = []

    var isEmpty: Bool { parents.isEmpty && services.isEmpty }

    /// Those of what runs now.
    init(of running: ProcessSet) async {
        let search = await ProcessSearch.current()
        let ownService = search.living(getpid())?.foreignService
        for root in running.roots {
            if let service = root.foreignService, service != ownService { services.insert(service) }
            let pid = root.stat.parent
            guard pid > 1, pid != getpid(), let parent = search.living(pid), !Self.isInteractive(parent) else {
                continue
            }
            parents[pid] = String(decoding: parent.stat.comm, as: UTF8.self).escapedForDisplay(limit: 20)
        }
    }

    /// What has started a process, a phrase; nil where it is none of these.
    func starter(of entry: ProcessEntry) -> String? {
        if let name = parents[entry.stat.parent] { return "pid \(entry.stat.parent) (\(name))" }
        guard let service = entry.foreignService, services.contains(service) else { return nil }
        return "unit \(service)"
    }

    /// A shell without a script: what is typed into it is started once.
    private static func isInteractive(_ entry: ProcessEntry) -> Bool {
        guard let program = entry.executable?.withoutDeletionMark.lastPathComponent, let shell = Interpreter(program),
            shell.isShell
        else { return false }
        return shell.script(of: entry.arguments) == nil
            && !entry.arguments.dropFirst().contains { $0.first == UInt8(ascii: "-") && $0.contains(UInt8(ascii: "c")) }
    }
}
