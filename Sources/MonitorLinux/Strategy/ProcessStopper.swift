internal import Glibc
internal import Logging
internal import MonitorCore
internal import MonitorIO

/// Ends the processes of a name: politely first, then by force, and sees to it that none is left.
struct ProcessStopper: Sendable {
    enum Outcome: Sendable, Equatable {
        case stopped
        /// What ran has ended, and a supervisor of its own has started it again; a phrase, and what it has started.
        case startedAgain(String, ProcessIdentity)
        /// Something is still running; a phrase.
        case failed(String)
        /// The task was cancelled; what has got its SIGTERM may end or not.
        case interrupted
    }

    let finder: ProcessFinder
    let clock: any Clock<Duration>
    let supervision: SupervisionTimes

    /// How long the system may take to end what got SIGKILL.
    private static let killLimit: Duration = .seconds(5)
    /// How often SIGKILL goes to what has come up since: workers that were just being forked.
    private static let killRounds = 3
    /// How often it is searched for what a supervisor may have started.
    private static let searchInterval: Duration = .milliseconds(250)

    /// Ends processes that were found.
    ///
    /// The roots get SIGTERM, as a server ends its workers itself, and better; what is left of the others gets it
    /// then. `stop_timeout` after the first signal what lives gets SIGKILL. It is over when a new search finds none, where there is a supervisor for
    /// as long as that may take, or finds one that the supervisor has started: to go on would be a war with it.
    func stop(
        _ set: ProcessSet, of process: MonitoredProcess, owner: UInt32?, _ supervisors: Supervisors, logger: Logger
    ) async -> Outcome {
        do throws(SystemError) {
            let handles = try ProcessHandle.handles(of: set)
            logger.debug(
                "stops processes",
                metadata: [
                    "event": "process.stopping",
                    "process.pids": "\(set.members.prefix(20).map { "\($0.identity)" }.joined(separator: " "))",
                    "process.supervised": "\(!supervisors.isEmpty)",
                ])
            switch try await endPolitely(handles, first: set.roots, within: process.settings.stopTimeout) {
            case .finished: break
            case .cancelled: return .interrupted
            case .timeOver:
                logger.warning(
                    "a process did not end in time and is killed",
                    metadata: ["event": "process.killed", "process.name": "\(process.name)"])
            }
            return try await endRest(of: handles, process, owner, supervisors, logger: logger)
        } catch {
            return .failed("cannot stop \(process.name): \(error.reason)")
        }
    }

    /// Watches whether a supervisor starts the process beside the copy that was just started, and ends that copy if so.
    ///
    /// - Returns: a phrase and what the supervisor has started; nil where it has started nothing.
    func ownCopyEnded(
        _ own: ProcessSet, of process: MonitoredProcess, _ supervisors: Supervisors, logger: Logger
    ) async -> (text: String, identity: ProcessIdentity)? {
        guard !supervisors.isEmpty else { return nil }
        let known = Set(own.members.map(\.identity))
        let end = ContinuousClock.now.advanced(by: supervision.afterStart)
        repeat {
            if case .found(let set) = await finder.find(process, logger: logger),
                let entry = set.members.first(where: {
                    !known.contains($0.identity) && supervisors.starter(of: $0) != nil
                }),
                let starter = supervisors.starter(of: entry)
            {
                reportEnd(of: process.name, starter, entry.identity, logger)
                await endCopy(own, within: process.settings.stopTimeout)
                return ("\(starter) has started \(process.name) again, pid \(entry.identity)", entry.identity)
            }
            guard (try? await clock.sleep(for: Self.searchInterval)) != nil else { return nil }
        } while ContinuousClock.now < end
        return nil
    }

    /// The same for a process of which nothing ran, so that it is not known whether it has a supervisor: one that has
    /// started it too, and whose copy lives on for a while, is one.
    ///
    /// - Parameters:
    ///   - before: what bore the name already when the copy was started; it was passed over then.
    ///   - willEnd: told what the supervisor has started, before the own copy is ended.
    func watchForSupervisor(
        beside own: ProcessSet, before: ProcessSet, of process: MonitoredProcess, logger: Logger,
        willEnd: @Sendable (ProcessIdentity) -> Void
    ) async {
        guard let first = own.members.first else { return }
        let known = Set((own.members + before.members).map(\.identity))
        let end = ContinuousClock.now.advanced(by: supervision.afterStart)
        var seen: [ProcessIdentity: ContinuousClock.Instant] = [:]
        while ContinuousClock.now < end {
            guard (try? await clock.sleep(for: Self.searchInterval)) != nil else { return }
            guard case .found(let set) = await finder.find(process, logger: logger) else { continue }
            let search = await ProcessSearch.current()
            for entry in set.members where !known.contains(entry.identity) {
                guard let supervisors = Supervisors(of: entry, beside: first, in: search),
                    let starter = supervisors.starter(of: entry)
                else { continue }
                let since = seen[entry.identity] ?? .now
                seen[entry.identity] = since
                guard .now - since >= supervision.proof else { continue }
                reportEnd(of: process.name, starter, entry.identity, logger)
                willEnd(entry.identity)
                await endCopy(own, within: process.settings.stopTimeout)
                return
            }
        }
    }

    private func reportEnd(of name: ProcessName, _ starter: String, _ identity: ProcessIdentity, _ logger: Logger) {
        logger.warning(
            "ends the copy that was started: a supervisor has started the process too",
            metadata: [
                "event": "process.copy_ended", "process.name": "\(name)", "process.supervisor": "\(starter)",
                "process.pid": "\(identity)",
            ])
    }

    private func endCopy(_ own: ProcessSet, within limit: Duration) async {
        guard let handles = try? ProcessHandle.handles(of: own) else { return }
        if case .finished? = try? await endPolitely(handles, first: own.roots, within: limit) { return }
        for handle in handles { try? handle.send(SIGKILL) }
    }

    private func endPolitely(
        _ handles: [ProcessHandle], first roots: [ProcessEntry], within limit: Duration
    ) async throws(SystemError) -> LimitedWait<SystemError?> {
        // Signal 0 only asks for permission: either all of them can be stopped, or none is touched.
        for handle in handles { try handle.send(0) }
        let roots = Set(roots.map(\.identity))
        let wait = await clock.wait(atMost: limit) { () -> SystemError? in
            for part in [handles.filter { roots.contains($0.identity) }, handles] {
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
        of handles: [ProcessHandle], _ process: MonitoredProcess, _ owner: UInt32?, _ supervisors: Supervisors,
        logger: Logger
    ) async throws(SystemError) -> Outcome {
        let known = Set(handles.map(\.identity))
        var waited: Duration = .zero
        var round = 0
        while true {
            let fresh: ProcessSet
            switch await finder.find(process, logger: logger) {
            case .refused(let reason): return .failed("cannot stop \(process.name): \(reason)")
            case .found(let set):
                fresh = ProcessSet(set.owned(by: owner).members.filter { !known.contains($0.identity) })
            }
            for entry in fresh.members {
                guard let starter = supervisors.starter(of: entry) else { continue }
                return .startedAgain(
                    "\(starter) has started \(process.name) again, pid \(entry.identity)", entry.identity)
            }
            // Those known before count by themselves: a search by pid file no longer finds them without the first.
            let alive = try handles.filter { !$0.hasEnded } + ProcessHandle.handles(of: fresh)
            switch alive.first {
            case nil:
                guard !supervisors.isEmpty, waited < supervision.beforeStart else { return .stopped }
                guard (try? await clock.sleep(for: Self.searchInterval)) != nil else { return .interrupted }
                waited += Self.searchInterval
            case let one? where round == Self.killRounds:
                return .failed("cannot stop \(process.name): it keeps coming up, now as pid \(one.identity)")
            case _?:
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
