/// A recovery that may start: what the scheduler hands to the engine.
struct Job: Sendable, Equatable {
    var alarm: Alarm
    var process: MonitoredProcess
    var policy: BreakerPolicy
    /// The breaker as admission left it.
    package var breaker: CircuitBreaker
    /// The breaker lets this one through on trial.
    var isTrial: Bool
    /// When the alarm was raised, as far as is known.
    var raisedAt: Timestamp

    var id: Int64 { alarm.processID }
    var name: ProcessName { process.name }
}

extension Job {
    func claimRequest(instance: String, at now: Timestamp) -> ClaimRequest {
        ClaimRequest(
            processID: alarm.processID, instance: instance, startedAt: now, breaker: breaker,
            expectedGeneration: alarm.breaker.generation)
    }

    /// The report of how this job's recovery ended.
    ///
    /// - Parameter jitter: a random number from 0 to 1.
    func report(
        of result: RecoveryResult, id: String, instance: String, startedAt: Timestamp, at now: Timestamp, jitter: Double
    ) -> Completion {
        var breaker = breaker
        breaker.record(
            result.outcome.forBreaker, generation: breaker.generation, at: now, policy: policy, jitter: jitter)
        var completion = Completion(
            id: id, instance: instance, processID: alarm.processID, processName: name.rawValue,
            outcome: result.outcome, startedAt: startedAt)
        completion.duration = result.duration
        completion.attempts = result.attempts
        completion.detail = result.log.joined(separator: "\n")
        completion.clearsAlarm = result.outcome == .recovered
        completion.revision = alarm.revision
        completion.notesBefore = alarm.notes
        completion.note = RecoveryNote.text(for: result, breaker: breaker, at: now)
        completion.breaker = breaker
        completion.expectedGeneration = self.breaker.generation
        return completion
    }
}

extension RecoveryOutcome {
    fileprivate var forBreaker: CircuitBreaker.Result {
        switch self {
        case .recovered: .success
        case .failed, .relapsed: .failure
        case .interrupted, .refused: .interruption
        }
    }
}
