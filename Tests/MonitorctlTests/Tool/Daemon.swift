internal import MonitorCore

/// Writes to a store what a daemon would write.
enum Daemon {
    static let identity = DaemonIdentity(host: "web1", instance: "web1-1", pid: 1, version: "1.0.0")

    static func beats(
        in store: any AlarmStore, due: Duration = .seconds(60), lastPoll: Timestamp = .wallClock()
    ) async throws {
        let now = Timestamp.wallClock()
        try await store.heartbeat(
            Heartbeat(daemon: identity, state: .running, startedAt: now, lastPoll: lastPoll, leaseExpiresAt: now + due))
    }

    /// Recovers a process in alarm.
    static func recovers(
        _ id: Int64, _ name: String, in store: any AlarmStore, at moment: Timestamp = .wallClock()
    ) async throws {
        try await serves(id, name, .recovered, CircuitBreaker(), in: store, at: moment)
    }

    /// Fails so often that the breaker opens.
    static func fails(
        _ id: Int64, _ name: String, in store: any AlarmStore, at moment: Timestamp = .wallClock()
    ) async throws {
        let open = CircuitBreaker(state: .open(until: .wallClock() + .seconds(1828)), failures: 3, generation: 1)
        try await serves(id, name, .failed, open, in: store, at: moment)
    }

    private static func serves(
        _ id: Int64, _ name: String, _ outcome: RecoveryOutcome, _ breaker: CircuitBreaker, in store: any AlarmStore,
        at moment: Timestamp
    ) async throws {
        let alarm = try await store.poll().first { $0.processID == id }
        _ = try await store.claim(
            ClaimRequest(
                processID: id, instance: identity.instance, startedAt: moment, breaker: CircuitBreaker(),
                expectedGeneration: 0))
        var completion = Completion(
            id: "web1-1-\(id)", instance: identity.instance, processID: id, processName: name, outcome: outcome,
            startedAt: moment)
        completion.clearsAlarm = outcome == .recovered
        (completion.revision, completion.notesBefore) = (alarm?.revision, alarm?.notes)
        (completion.note, completion.breaker) = ("\(outcome.rawValue) by a test", breaker)
        (completion.duration, completion.attempts) = (.milliseconds(1200), 1)
        completion.detail = "attempt 1: \(outcome.rawValue)"
        _ = try await store.complete(completion)
    }
}
