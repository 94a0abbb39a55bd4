package import MonitorCore

extension Alarm {
    /// The beginning of a recovery of this alarm, by a daemon that leaves the breaker as it is.
    package func claimRequest(
        by instance: String = "here-1", at moment: Timestamp = Timestamp(milliseconds: 1_700_000_000_000)
    ) -> ClaimRequest {
        var request = ClaimRequest(
            processID: processID, instance: instance, startedAt: moment, breaker: breaker,
            expectedGeneration: breaker.generation)
        (request.processName, request.alarmNote) = (name, notes)
        return request
    }

    /// The report of a recovery of this alarm, by default a good one.
    ///
    /// - Parameter breaker: the breaker's new row; by default as the alarm has it.
    package func report(
        _ id: String = "here-1-1", by instance: String = "here-1", outcome: RecoveryOutcome = .recovered,
        note: String? = "recovered", breaker: CircuitBreaker? = nil, detail: String = "said so",
        startedAt: Timestamp? = nil
    ) -> Completion {
        var completion = Completion(
            id: id, instance: instance, processID: processID, processName: name ?? "", outcome: outcome,
            startedAt: startedAt ?? SteadyWallClock().now())
        completion.clearsAlarm = outcome == .recovered
        (completion.revision, completion.notesBefore, completion.note) = (revision, notes, note)
        completion.alarmNote = notes
        completion.breaker = outcome == .refused ? nil : breaker ?? self.breaker
        completion.expectedGeneration = self.breaker.generation
        (completion.duration, completion.attempts, completion.detail) = (.milliseconds(1234), 2, detail)
        return completion
    }
}

extension Heartbeat {
    /// A sign of life of a daemon, good for a minute.
    package static func example(
        _ instance: String = "here-1", _ state: State = .running, at moment: Timestamp,
        startedAt: Timestamp = Timestamp(milliseconds: 1000), lasts: Duration = .seconds(60)
    ) -> Heartbeat {
        Heartbeat(
            daemon: DaemonIdentity(host: "here", instance: instance, pid: 42, version: "1.0"), state: state,
            startedAt: startedAt, lastPoll: moment, leaseExpiresAt: moment + lasts)
    }
}
