internal import Glibc
internal import Logging
internal import MonitorCore
internal import MonitorIO

/// Ends the processes of a name: politely first, then by force, and sees to it that none is left.
struct ProcessStopper: Sendable {
    enum Outcome: Sendable, Equatable {
        case stopped
        /// What ran has ended, and whoever had started it has started it again: a supervisor of its own; a phrase.
        case startedAgain(String)
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
    /// How soon most supervisors bring their process back.
    private static let supervisorPause: Duration = .milliseconds(300)

    /// Ends processes that were found.
    ///
    /// The top ones get SIGTERM, as a server ends its workers itself, and better; what is left of the others gets it
    /// then. `stop_timeout` after the first signal what lives gets SIGKILL. It is over when a new search finds none, or
    /// one that the parent of an old one has started: to go on would be a war with a supervisor.
    func stop(_ set: ProcessSet, of process: MonitoredProcess, logger: Logger) async -> Outcome {
        do throws(SystemError) {
            let handles = try ProcessHandle.handles(of: set)
            switch try await endPolitely(handles, first: set.tops, within: process.settings.stopTimeout) {
            case .finished: break
            case .cancelled: return .interrupted
            case .timeOver:
                logger.warning(
                    "A process did not end in time and is killed.",
                    metadata: ["event": "process.killed", "process.name": "\(process.name)"])
            }
            return try await endRest(of: handles, set, process, logger: logger)
        } catch {
            return .failed("cannot stop \(process.name): \(error.reason)")
        }
    }

    private func endPolitely(
        _ handles: [ProcessHandle], first tops: [ProcessEntry], within limit: Duration
    ) async throws(SystemError) -> LimitedWait<SystemError?> {
        // Signal 0 only asks for permission: either all of them can be stopped, or none is touched.
        for handle in handles { try handle.send(0) }
        let tops = Set(tops.map(\.identity))
        let wait = await clock.wait(atMost: limit) { () -> SystemError? in
            for part in [handles.filter { tops.contains($0.identity) }, handles] {
                do throws(SystemError) {
                    for handle in part {
                        try handle.send(SIGTERM)
                        // A stopped process acts on SIGTERM only once it runs.
                        try handle.send(SIGCONT)
                    }
                } catch {
                    return error
                }
                for handle in part { await handle.waitForEnd() }
                if Task.isCancelled { break }
            }
            return nil
        }
        if case .finished(let error?) = wait { throw error }
        return wait
    }

    private func endRest(
        of handles: [ProcessHandle], _ old: ProcessSet, _ process: MonitoredProcess, logger: Logger
    ) async throws(SystemError) -> Outcome {
        // PID 1 adopts whatever has lost its parent, and the daemon starts nothing by itself: neither is a supervisor.
        let supervisors = Set(old.tops.map(\.stat.parent)).subtracting([1, getpid()])
        let known = Set(handles.map(\.identity))
        var hasPaused = supervisors.isEmpty
        var round = 0
        while true {
            let fresh: ProcessSet
            switch await finder.find(process, logger: logger) {
            case .refused(let reason): return .failed("cannot stop \(process.name): \(reason)")
            case .found(let set): fresh = ProcessSet(set.members.filter { !known.contains($0.identity) })
            }
            if let entry = fresh.members.first(where: { supervisors.contains($0.stat.parent) }) {
                let supervisor = entry.stat.parent
                return .startedAgain("pid \(supervisor) has started \(process.name) again, pid \(entry.identity)")
            }
            // Those known before count by themselves: a search by pid file no longer finds them without the first.
            let alive = try handles.filter { !$0.hasEnded } + ProcessHandle.handles(of: fresh)
            switch (alive.first, hasPaused) {
            case (nil, true):
                return .stopped
            case (nil, false):
                hasPaused = true
                try? await clock.sleep(for: Self.supervisorPause)
            case (let one?, _) where round == Self.killRounds:
                return .failed("cannot stop \(process.name): it keeps coming up, now as pid \(one.identity)")
            case (_?, _):
                round += 1
                if let outcome = try await kill(alive, process.name) { return outcome }
            }
        }
    }

    /// - Returns: what stands in the way; nil when all of them have ended.
    private func kill(_ handles: [ProcessHandle], _ name: ProcessName) async throws(SystemError) -> Outcome? {
        for handle in handles { try handle.send(SIGKILL) }
        let wait = await clock.wait(atMost: Self.killLimit) {
            for handle in handles { await handle.waitForEnd() }
        }
        switch wait {
        case .finished: return nil
        case .cancelled: return .interrupted
        case .timeOver:
            let survivors = handles.filter { !$0.hasEnded }.compactMap { ProcFile(pid: $0.identity.pid).stat() }
            // It may have ended just now.
            guard let one = survivors.first else { return nil }
            let state = String(decoding: [one.state], as: UTF8.self)
            return .failed("cannot stop \(name): pid \(one.identity) survived SIGKILL (state \(state))")
        }
    }
}
