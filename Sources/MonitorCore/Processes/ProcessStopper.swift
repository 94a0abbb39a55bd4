internal import Glibc
internal import Logging

/// Ends the processes of a name: politely first, then by force, and sees to it that none is left.
struct ProcessStopper: Sendable {
    enum Outcome: Sendable, Equatable {
        case stopped
        /// Something is still running; a phrase.
        case failed(String)
        /// The task was cancelled; what has got its SIGTERM may end or not.
        case interrupted
    }

    let finder: ProcessFinder
    let clock: any Clock<Duration>

    /// How long the system may take to end what got SIGKILL.
    private static let killLimit: Duration = .seconds(5)
    /// How often SIGKILL goes to what has come up since: workers that were just being forked.
    private static let killRounds = 3

    /// Ends processes that were found.
    ///
    /// The top ones get SIGTERM, as a server ends its workers itself, and better; what is left of the others gets it
    /// then. `stop_timeout` after the first signal what lives gets SIGKILL. It is over when a new search finds none.
    func stop(_ set: ProcessSet, of process: MonitoredProcess, logger: Logger) async -> Outcome {
        do throws(SystemError) {
            switch try await endPolitely(set, within: process.settings.stopTimeout) {
            case .finished: break
            case .cancelled: return .interrupted
            case .timeOver:
                logger.warning(
                    "A process did not end in time and is killed.",
                    metadata: ["event": "process.killed", "process.name": "\(process.name)"])
            }
            return try await killRest(of: process, logger: logger)
        } catch {
            return .failed("cannot stop \(process.name): \(error.reason)")
        }
    }

    private func endPolitely(
        _ set: ProcessSet, within limit: Duration
    ) async throws(SystemError) -> LimitedWait<SystemError?> {
        let handles = try ProcessHandle.handles(of: set)
        // Signal 0 only asks for permission: either all of them can be stopped, or none is touched.
        for handle in handles { try handle.send(0) }
        let tops = Set(set.tops.map(\.identity))
        let wait = await clock.wait(atMost: limit) { () -> SystemError? in
            for part in [handles.filter { tops.contains($0.identity) }, handles] {
                for handle in part {
                    do throws(SystemError) {
                        try handle.send(SIGTERM)
                        // A stopped process acts on SIGTERM only once it runs.
                        try handle.send(SIGCONT)
                    } catch {
                        return error
                    }
                }
                for handle in part { await handle.waitForEnd() }
            }
            return nil
        }
        if case .finished(let error?) = wait { throw error }
        return wait
    }

    private func killRest(of process: MonitoredProcess, logger: Logger) async throws(SystemError) -> Outcome {
        for _ in 0..<Self.killRounds {
            let set: ProcessSet
            switch await finder.find(process, logger: logger) {
            case .refused(let reason): return .failed(reason)
            case .found(let found): set = found
            }
            if set.isEmpty { return .stopped }
            let handles = try ProcessHandle.handles(of: set)
            for handle in handles { try handle.send(SIGKILL) }
            let wait = await clock.wait(atMost: Self.killLimit) {
                for handle in handles { await handle.waitForEnd() }
            }
            switch wait {
            case .finished: continue
            case .cancelled: return .interrupted
            case .timeOver: return .failed(survivor(in: handles, process.name))
            }
        }
        guard case .found(let set) = await finder.find(process, logger: logger), let entry = set.members.first else {
            return .stopped
        }
        return .failed("cannot stop \(process.name): pid \(entry.stat.parent) starts it again, as pid \(entry.identity)")
    }

    private func survivor(in handles: [ProcessHandle], _ name: ProcessName) -> String {
        let survivors = handles.filter { !$0.hasEnded }.compactMap { ProcFile(pid: $0.identity.pid).stat() }
        guard let one = survivors.first else { return "cannot stop \(name): it took too long to end" }
        let state = String(decoding: [one.state], as: UTF8.self)
        return "cannot stop \(name): pid \(one.identity) survived SIGKILL (state \(state))"
    }
}
