/// A recovery that may start: what the scheduler hands to the engine.
struct Job: Sendable, Equatable {
    var alarm: Alarm
    var process: MonitoredProcess
    var policy: BreakerPolicy
    /// The breaker as admission left it.
    var breaker: CircuitBreaker
    /// The breaker lets this one through on trial.
    var isTrial: Bool
    /// The alarm counts as a failure of the recovery before it.
    var isRelapse = false
    /// The process may have come back by itself: its check decides before anything is done.
    var inspects = false
    /// The restart was refused last, and nothing has changed since.
    var isRepeat = false
    /// When the alarm was raised, as far as is known.
    var raisedAt: Timestamp

    var id: Int64 { alarm.processID }
    var name: ProcessName { process.name }
}

extension Job {
    func claimRequest(instance: String, at now: Timestamp) -> ClaimRequest {
        var request = ClaimRequest(
            processID: alarm.processID, instance: instance, startedAt: now, breaker: breaker,
            expectedGeneration: alarm.breaker.generation)
        request.processName = name.rawValue
        request.alarmNote = alarm.notes
        (request.isRelapse, request.isRepeat) = (isRelapse, isRepeat)
        return request
    }

    /// How this job's recovery ended, to be written.
    ///
    /// - Parameter jitter: a random number from 0 to 1.
    func completion(
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
        completion.revision = result.revision ?? alarm.revision
        completion.notesBefore = alarm.notes
        completion.note = RecoveryNote.text(for: result, breaker: breaker, policy: policy, at: now)
        completion.alarmNote = alarm.notes
        completion.tellsBegin = isRepeat
        completion.breaker = breaker
        completion.breakerChange = BreakerChange(from: self.breaker, to: breaker, by: result.outcome.forBreaker)
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

/// Remaining time of each hold, unaffected by changes of the system clock.
///
/// An operator's end of a hold is a moment of the machine's clock; a daemon goes by one that nothing can set. A hold is
/// in force as long as either of them says so, but from when it was first seen never for longer than it was made for: so
/// no clock that is set makes it end early, or stay for days.
struct HoldClock: Sendable {
    private var firstSeen: [Int64: (since: Timestamp, at: Timestamp)] = [:]

    /// How long a hold still lasts.
    ///
    /// - Returns: zero or less when it is over; nil when it lasts until it is released.
    mutating func left(
        of hold: Hold, _ processID: Int64, at now: Timestamp, wallClock: Timestamp
    ) -> Duration? {
        guard let until = hold.until else { return nil }
        var seen = now
        // The earliest: the clock of the decisions may have been another one in an earlier life.
        if let known = firstSeen[processID], known.since == hold.since { seen = min(known.at, now) }
        firstSeen[processID] = (hold.since, seen)
        return min(max(until - now, until - wallClock), seen + (until - hold.since) - now)
    }

    mutating func forget(allBut ids: Set<Int64>) {
        if !firstSeen.isEmpty { firstSeen = firstSeen.filter { ids.contains($0.key) } }
    }
}
