internal import Glibc
internal import MonitorCore
internal import MonitorIO
internal import Synchronization

/// The processes of the host as they were during one pass over `/proc`.
///
/// A process that starts or ends during the pass may be in it or not; there is no such thing as a snapshot of them all.
struct ProcessTable: Sendable {
    private(set) var processes: [pid_t: ProcStat]

    init(_ processes: some Sequence<ProcStat>) {
        self.processes = Dictionary(processes.map { ($0.identity.pid, $0) }) { first, _ in first }
    }

    private static let shared = CoalescedRead { read() }

    /// A table of which the reading begins now or later; one reading serves all that ask for it before it begins.
    static func current() async -> ProcessTable { await shared.value() }

    /// Reads the table; blocks for about 10 µs a process.
    static func read() -> ProcessTable {
        ProcessTable(pids().lazy.compactMap { ProcFile(pid: $0).stat() })
    }

    /// The process and what it descends from, up to PID 1.
    func ancestors(of pid: pid_t) -> Set<pid_t> {
        var ancestors: Set<pid_t> = []
        var next: pid_t? = pid
        // A table read while processes come and go might hold a circle.
        while let pid = next, pid != 0, ancestors.insert(pid).inserted { next = processes[pid]?.parent }
        return ancestors
    }

    /// Everything that descends from a process by parentage; not the process itself.
    func descendants(of ancestor: pid_t) -> [ProcStat] {
        let children = Dictionary(grouping: processes.values, by: \.parent)
        var found: [pid_t: ProcStat] = [:]
        var unvisited = [ancestor]
        while let parent = unvisited.popLast() {
            for child in children[parent] ?? [] where found[child.identity.pid] == nil {
                found[child.identity.pid] = child
                unvisited.append(child.identity.pid)
            }
        }
        found[ancestor] = nil
        return Array(found.values)
    }

    static func pids() -> [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var pids: [pid_t] = []
        while let entry = readdir(directory) {
            // Where it is: an entry is as long as its name, and a copy would reach beyond it.
            let name = UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
            let text = String(cString: name.assumingMemoryBound(to: CChar.self))
            if let pid = pid_t(decimal: text.utf8) { pids.append(pid) }
        }
        return pids
    }
}

/// One read of something of the system for all callers of the same moment; one read at a time.
///
/// A caller never receives a result whose read started before the call: it may have missed what the call is about. So the callers during a read wait
/// for the next one together.
final class CoalescedRead<Value: Sendable>: Sendable {
    private struct State {
        var isReading = false
        var waiting: [CheckedContinuation<Value, Never>] = []
    }

    private let state = Mutex(State())
    private let read: @Sendable () -> Value

    /// - Parameter read: called on a thread that may block.
    init(_ read: @escaping @Sendable () -> Value) { self.read = read }

    /// How many callers wait for the next read.
    var callers: Int { state.withLock { $0.waiting.count } }

    /// The result of a read that begins now or later.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state in
                state.waiting.append(continuation)
                defer { state.isReading = true }
                return !state.isReading
            }
            if isFirst { BlockingWork.start(serve) }
        }
    }

    private func serve() {
        while let waiting = takeWaiting() {
            let value = read()
            for continuation in waiting { continuation.resume(returning: value) }
        }
    }

    /// The callers that the next read is for; nil when none waits, and reading is over.
    private func takeWaiting() -> [CheckedContinuation<Value, Never>]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isReading = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
