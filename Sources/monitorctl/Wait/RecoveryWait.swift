internal import MonitorCore

/// `alarm set --wait`: asks the store again and again how the recoveries are getting on, and tells it.
struct RecoveryWait {
    var session: Session
    var timeout: Duration

    /// The first pause between two looks, and the longest that it grows to.
    private static let pauses: ClosedRange<Duration> = .milliseconds(200)...(.seconds(1))

    /// Returns when all processes are recovered.
    ///
    /// - Parameter processes: as they were before their alarms were set.
    /// - Throws: `ExitStatus.failed` when one of them is not going to be recovered, a ``Failure`` with
    ///   `ExitStatus.timedOut` when the time is over or nobody is there to recover them.
    func run(before processes: [ProcessStatus]) async throws {
        var watch = RecoveryWatch(before: processes)
        let deadline = ContinuousClock.now + timeout
        var pause = Self.pauses.lowerBound
        var isAnswering = true
        while true {
            do {
                try await look(&watch, names: processes.map(\.name))
                if !isAnswering { Console.tell("the database answers again") }
                isAnswering = true
            } catch let error as StoreError where error.isTransient {
                // Said once; the recovery may well go on while nobody can see it.
                if isAnswering { Console.tell("\(error); still waiting") }
                isAnswering = false
            }
            if watch.awaited.isEmpty { break }
            let left = deadline - .now
            guard left > .zero else {
                throw notRecovered(watch, because: "after \(TimeFormat.took(timeout)) there is no outcome yet")
            }
            try await Task.sleep(for: min(pause, left))
            pause = min(pause * 1.5, Self.pauses.upperBound)
        }
        guard watch.allRecovered else { throw ExitStatus.failed }
    }

    private func look(_ watch: inout RecoveryWatch, names: [String]) async throws {
        let daemon = try await session.daemon()
        let processes = try await session.store.processes(named: names)
        let news = watch.observe(processes, daemon: daemon, times: session.times, policy: session.policy(of:))
        news.forEach(Console.tell)
        if daemon.isDown, !watch.awaited.isEmpty {
            throw notRecovered(watch, because: daemon.headline(host: session.host, times: session.times))
        }
    }

    private func notRecovered(_ watch: RecoveryWatch, because reason: String) -> Failure {
        let names = watch.awaited.map { "'\($0)'" }.joined(separator: ", ")
        return Failure(.timedOut, "cannot tell that \(names) is recovered: \(reason); the alarm stays set")
    }
}
