internal import Glibc
internal import MonitorCore
internal import Synchronization

/// Whether the process runs, as the default health check finds it.
///
/// What was found is held by a pidfd: as long as it lives under the same name, it is not searched for again.
struct ProcessCheck: Check {
    private let hold: ProcessHold
    private let search: LimitedCall<CheckResult>

    init(process: MonitoredProcess, health: ProcessHealthCheck, searches: RecentSearch, hold: ProcessHold) {
        self.hold = hold
        search = LimitedCall {
            // What was found a moment ago and is held now runs now; what was not found then may have been started since.
            var (result, running) = await health.examine(process, in: await searches.recent())
            if result != .healthy || !hold.take(running.roots) {
                (result, running) = await health.examine(process, in: await searches.fresh())
                hold.take(running.roots)
            }
            switch result {
            case .healthy:
                return .passed(running.roots.first.map { "pid \($0.identity.pid) runs" } ?? "its unit is active")
            case .unhealthy(let reason): return .failed(reason)
            }
        }
    }

    func run(limit: Duration) async -> CheckResult {
        if let pid = hold.living { return .passed("pid \(pid) runs") }
        return await search.result(atMost: limit, from: "/proc")
    }
}

/// A hold on the processes that a check found last, by which the kernel tells of their end.
final class ProcessHold: Sendable {
    private struct Held {
        let handle: ProcessHandle
        let comm: [UInt8]
    }

    private struct State {
        var held: [Held] = []
        var readers: [Int: AsyncStream<Void>.Continuation] = [:]
        var lastReader = 0
        /// Waits for the end of one of those held; only while there are readers.
        var waiting: Task<Void, Never>?
    }

    private let state = Mutex(State())

    deinit { state.withLock { $0.waiting }?.cancel() }

    /// The pid of the first of those held, when all of them live, under the names that they were found by; nil otherwise,
    /// also when none is held.
    var living: pid_t? {
        let held = state.withLock { $0.held }
        let live = held.allSatisfy { held in
            !held.handle.hasEnded && ProcFile(pid: held.handle.identity.pid).stat()?.comm == held.comm
        }
        return live ? held.first?.handle.identity.pid : nil
    }

    /// Holds these in place of those held before.
    ///
    /// - Returns: whether all of them live.
    @discardableResult
    func take(_ entries: [ProcessEntry]) -> Bool {
        var held: [Held] = []
        for entry in entries {
            // One that nothing has waited for yet can still be held.
            guard let handle = try? ProcessHandle.handles(of: ProcessSet([entry])).first, !handle.hasEnded
            else { continue }
            held.append(Held(handle: handle, comm: entry.stat.comm))
        }
        state.withLock { state in
            state.held = held
            wait(&state)
        }
        return held.count == entries.count
    }

    /// A hint each time that one of those held ends.
    func ends() -> AsyncStream<Void> {
        // More than one hint that was not read yet says no more than one.
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let reader = state.withLock { state in
                state.lastReader += 1
                state.readers[state.lastReader] = continuation
                wait(&state)
                return state.lastReader
            }
            // It keeps this alive as long as the stream has a reader.
            continuation.onTermination = { _ in self.remove(reader) }
        }
    }

    private func remove(_ reader: Int) {
        state.withLock { state in
            state.readers[reader] = nil
            wait(&state)
        }
    }

    private func wait(_ state: inout State) {
        state.waiting?.cancel()
        state.waiting = nil
        let handles = state.held.map(\.handle)
        guard !handles.isEmpty, !state.readers.isEmpty else { return }
        // Unstructured: it lasts from one run of the check to another.
        state.waiting = Task { [weak self] in
            await withTaskGroup(of: Void.self) { group in
                for handle in handles { group.addTask { await handle.waitForEnd() } }
                await group.next()
                group.cancelAll()
            }
            guard !Task.isCancelled else { return }
            self?.tell()
        }
    }

    private func tell() {
        for reader in state.withLock({ Array($0.readers.values) }) { reader.yield() }
    }
}

/// The holds of the checks there are: a check and the watch for it have one together.
final class ProcessHolds: Sendable {
    private struct Weak {
        weak var hold: ProcessHold?
    }

    private let holds = Mutex<[ProcessName: Weak]>([:])

    func hold(of spec: CheckSpec) -> ProcessHold {
        holds.withLock { holds in
            holds = holds.filter { $0.value.hold != nil }
            if let hold = holds[spec.name]?.hold { return hold }
            let hold = ProcessHold()
            holds[spec.name] = Weak(hold: hold)
            return hold
        }
    }
}
