internal import Glibc
internal import MonitorCore

/// A search among the processes of the host, as a value: what is found, and what must not be touched.
struct ProcessSearch: Sendable {
    enum Criterion: Sendable, Equatable {
        /// ``ProcessEntry/isNamed(_:)``
        case name(ProcessName)
        /// ``ProcessEntry/commandLineContains(_:)``
        case commandLine(String)
    }

    enum Finding: Sendable, Equatable {
        case found(ProcessSet)
        /// What was meant is none to be touched; a phrase.
        case refused(String)
    }

    /// All processes there are.
    let entries: [ProcessEntry]
    /// The daemon itself.
    let ownPID: pid_t
    /// The daemon and its ancestors.
    let lineage: Set<pid_t>

    /// Finds by name or command line.
    ///
    /// A name that is PID 1's, the daemon's, an ancestor's or a kernel thread's is refused altogether. A text in the
    /// command line is too loose for that, as it may well be in the daemon's own: there these are passed over.
    func find(_ criterion: Criterion) -> Finding {
        switch criterion {
        case .commandLine(let text):
            return .found(
                ProcessSet(candidates.filter { protection(of: $0) == nil && $0.commandLineContains(text) }))
        case .name(let name):
            let named = candidates.filter { $0.isNamed(name) }
            for entry in named {
                if let reason = protection(of: entry) { return .refused(reason) }
            }
            return .found(ProcessSet(named))
        }
    }

    /// A process known by its pid, with those it started that run the same program: the workers of a server.
    func find(_ pid: pid_t) -> Finding {
        guard let leader = candidates.first(where: { $0.identity.pid == pid }) else { return .found(ProcessSet([])) }
        if let reason = protection(of: leader) { return .refused(reason) }
        let descendants = Set(ProcessTable(entries.lazy.map(\.stat)).descendants(of: pid).map(\.identity))
        let workers = candidates.filter { entry in
            descendants.contains(entry.identity) && entry.executable == leader.executable
                && protection(of: entry) == nil
        }
        return .found(ProcessSet([leader] + workers))
    }

    /// What runs, and not in a container's pid namespace.
    private var candidates: some Sequence<ProcessEntry> {
        entries.lazy.filter { $0.stat.isAlive && !$0.status.isInNestedNamespace }
    }

    private func protection(of entry: ProcessEntry) -> String? {
        switch entry.identity.pid {
        case ownPID: "pid \(ownPID) is this daemon itself"
        case 1: "it is PID 1"
        case let pid where lineage.contains(pid): "pid \(pid) is an ancestor of this daemon"
        case let pid where entry.stat.isKernelThread: "pid \(pid) is a kernel thread"
        default: nil
        }
    }
}

extension ProcessSearch {
    private static let shared = SharedReading {
        let table = ProcessTable.read()
        return ProcessSearch(
            entries: table.processes.values.compactMap(ProcessEntry.init(reading:)), ownPID: getpid(),
            lineage: table.lineage(of: getpid()))
    }

    /// A search among what runs now; as for ``ProcessTable/current()``, one reading may serve several.
    static func current() async -> ProcessSearch { await shared.value() }
}
