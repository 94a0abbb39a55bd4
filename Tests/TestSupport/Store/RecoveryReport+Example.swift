package import MonitorCore

extension Alarm {
    /// The beginning of a recovery of this alarm, by a daemon that leaves the breaker as it is.
    package func start(
        by instance: String = "here-1", at moment: Timestamp = Timestamp(milliseconds: 1_700_000_000_000)
    ) -> RecoveryStart {
        RecoveryStart(
            processID: processID, instance: instance, startedAt: moment, breaker: breaker,
            expectedGeneration: breaker.generation)
    }

    /// The report of a recovery of this alarm, by default a good one.
    ///
    /// - Parameter breaker: the breaker's new row; by default as the alarm has it.
    package func report(
        _ id: String = "here-1-1", by instance: String = "here-1", outcome: RecoveryOutcome = .recovered,
        note: String? = "recovered", breaker: CircuitBreaker? = nil, detail: String = "said so",
        startedAt: Timestamp? = nil
    ) -> RecoveryReport {
        RecoveryReport(
            id: id, instance: instance, processID: processID, processName: name ?? "", outcome: outcome,
            clearsAlarm: outcome == .recovered, revision: revision, notesBefore: notes, note: note,
            breaker: outcome == .refused ? nil : breaker ?? self.breaker, expectedGeneration: self.breaker.generation,
            startedAt: startedAt ?? SteadyWallClock().now(), duration: .milliseconds(1234), attempts: 2,
            detail: detail)
    }
}

extension DaemonBeat {
    /// A sign of life of a daemon, good for a minute.
    package static func example(
        _ instance: String = "here-1", _ state: State = .running, at moment: Timestamp,
        startedAt: Timestamp = Timestamp(milliseconds: 1000), lasts: Duration = .seconds(60)
    ) -> DaemonBeat {
        DaemonBeat(
            daemon: DaemonIdentity(host: "here", instance: instance, pid: 42, version: "1.0"), state: state,
            startedAt: startedAt, lastPoll: moment, nextBeatBy: moment + lasts)
    }
}
