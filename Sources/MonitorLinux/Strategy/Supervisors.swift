internal import Glibc
internal import MonitorCore

/// How long a supervisor of a process's own may take to start it again.
struct SupervisionTimes: Sendable {
    /// Waited after the stop, before another is started.
    var beforeStart: Duration = .seconds(5)
    /// Watched after the start: one that is slower still is noticed then.
    var afterStart: Duration = .seconds(6)
    /// How long what another has started has to live before the own copy is ended for it, where that other was not known:
    /// one that ends at once, because the port is taken, is none.
    var proof: Duration = .seconds(1)
}

/// What may start a process again when it ends: supervisord, runit, a shell's loop, the unit that it runs in.
///
/// PID 1 adopts whatever has lost its parent, the daemon starts nothing by itself, and a shell that an operator types into does neither.
struct Supervisors: Sendable, Equatable {
    private(set) var parents: [pid_t: String] = [:]
    private(set) var services: Set<String> = []

    var isEmpty: Bool { parents.isEmpty && services.isEmpty }

    /// One that was not known, as nothing ran when the process was started: the parent that has started a process beside
    /// what was started just now.
    ///
    /// It has been there for longer than that, is root's or the same user's, and no shell that an operator types into;
    /// what it has started is as new as the own copy.
    init?(of entry: ProcessEntry, beside own: ProcessEntry, in search: ProcessSearch) {
        let pid = entry.stat.parent
        guard pid > 1, pid != getpid(), entry.identity.startedAt + Self.simultaneous >= own.identity.startedAt,
            let parent = search.living(pid), parent.identity.startTime < own.identity.startTime,
            Set(parent.status.userIDs).isSubset(of: Set(own.status.userIDs).union([0])), !Self.isInteractive(parent)
        else { return nil }
        parents[pid] = Self.name(of: parent)
    }

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
            parents[pid] = Self.name(of: parent)
        }
    }

    /// What has started a process, a phrase; nil where it is none of these.
    func starter(of entry: ProcessEntry) -> String? {
        if let name = parents[entry.stat.parent] { return "pid \(entry.stat.parent) (\(name))" }
        guard let service = entry.foreignService, services.contains(service) else { return nil }
        return "unit \(service)"
    }

    /// How much sooner than the own copy it may have started it: while that one was being started.
    private static let simultaneous = Duration.seconds(2)

    private static func name(of entry: ProcessEntry) -> String {
        String(decoding: entry.stat.comm, as: UTF8.self).escapedForDisplay(limit: 20)
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
