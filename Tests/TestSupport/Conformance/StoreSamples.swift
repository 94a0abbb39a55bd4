package import MonitorCore
internal import Testing

// What tests of stores are made of.

extension AlarmStore where Self: ControlStore {
    /// Adds a process and puts it in alarm.
    package func addAlarm(_ name: String, note: String? = "down") async throws -> Alarm {
        let id = try await addProcess(ProcessName(name), id: nil)
        return try await raise(id, note: note)
    }

    /// Puts a process in alarm, as its application does.
    package func raise(_ id: Int64, note: String? = "down") async throws -> Alarm {
        try await setAlarm([id], note: note)
        return try #require(try await poll().first { $0.processID == id })
    }

    /// Begins a recovery of an alarm as it was read.
    package func begin(_ alarm: Alarm, breaker: CircuitBreaker? = nil, instance: String = "one") async throws -> Bool {
        try await begin(
            RecoveryStart(
                processID: alarm.processID, instance: instance, startedAt: .sample,
                breaker: breaker ?? alarm.breaker, expectedGeneration: alarm.breaker.generation))
    }

    /// The status of the only process, or of the one with that id.
    package func status(_ id: Int64) async throws -> ProcessStatus {
        try #require(try await processes(named: nil).first { $0.processID == id })
    }
}

extension Timestamp {
    /// A moment like any other.
    package static let sample = Timestamp(milliseconds: 1_700_000_000_123)
}

extension CircuitBreaker {
    /// The breaker of a process that failed often enough.
    package static let opened = CircuitBreaker(
        state: .open(until: .sample + .seconds(1800)), failures: 3, generation: 1, openings: 1)
}

extension RecoveryReport {
    /// The report of a recovery that served an alarm.
    package static func sample(
        of alarm: Alarm, id: String = "one-1", _ outcome: RecoveryOutcome = .recovered, clears: Bool = true,
        note: String? = "recovered", breaker: CircuitBreaker? = CircuitBreaker(provisionalSuccess: .sample),
        generation: Int64? = nil, at startedAt: Timestamp = .wallClock(), detail: String = "restarted"
    ) -> RecoveryReport {
        RecoveryReport(
            id: id, processID: alarm.processID, processName: alarm.name ?? "", outcome: outcome, clearsAlarm: clears,
            revision: alarm.revision, notesBefore: alarm.notes, note: note, breaker: breaker,
            expectedGeneration: generation ?? alarm.breaker.generation, startedAt: startedAt,
            duration: .milliseconds(1234), attempts: 2, detail: detail)
    }
}

extension DaemonBeat {
    /// The host that the stores under test are made for.
    package static let sampleHost = "test.example"

    package static func sample(instance: String = "one", state: State = .running) -> DaemonBeat {
        DaemonBeat(
            daemon: DaemonIdentity(host: sampleHost, instance: instance, pid: 4711, version: "1.0"), state: state,
            startedAt: .sample, lastPoll: state == .running ? nil : .sample, nextBeatBy: .sample + .seconds(60))
    }
}
