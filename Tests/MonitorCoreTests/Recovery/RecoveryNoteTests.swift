import Testing

@testable import MonitorCore

@Suite struct RecoveryNoteTests {
    let now = Timestamp(milliseconds: 1_795_433_405_000)
    let policy = BreakerPolicy(maxFailures: 3, retryDelay: .seconds(60))

    @Test func `a recovery says when and how`() {
        let result = RecoveryResult(
            outcome: .recovered, attempts: 1, duration: .zero, log: ["unit a restarted, healthy"])
        let note = RecoveryNote.text(for: result, breaker: CircuitBreaker(), policy: policy, at: now)
        #expect(note == "recovered: unit a restarted, healthy (2026-11-23 11:30:05Z)")
    }

    @Test func `a failure that opened the breaker says until when`() {
        let result = RecoveryResult(outcome: .failed, attempts: 2, duration: .zero, log: ["attempt 2: no"])
        let breaker = CircuitBreaker(state: .open(until: now + .seconds(60)), failures: 3)
        #expect(
            RecoveryNote.text(for: result, breaker: breaker, policy: policy, at: now)
                == "failed: no (failures: 3; none before 2026-11-23 11:31:05Z)")
    }

    @Test func `a failure says why first, then how many there were, and when it is tried again`() {
        let result = RecoveryResult(
            outcome: .failed, attempts: 2, duration: .zero, log: ["attempt 1: port in use", "attempt 2: no licence"])
        let breaker = CircuitBreaker(failures: 2, retryAt: now + .seconds(60))
        #expect(
            RecoveryNote.text(for: result, breaker: breaker, policy: policy, at: now)
                == "failed: port in use; then no licence (2 of 3; next 2026-11-23 11:31:05Z)")
    }

    @Test func `what does not fit is cut from the cause, not from what comes after it`() {
        let result = RecoveryResult(
            outcome: .failed, attempts: 1, duration: .zero, log: [String(repeating: "why ", count: 40)])
        let breaker = CircuitBreaker(state: .open(until: now), failures: 3)
        let note = RecoveryNote.text(for: result, breaker: breaker, policy: policy, at: now)
        #expect(note.unicodeScalars.count == 100)
        #expect(note.hasPrefix("failed: why why why why why why why") && note.hasSuffix("none before \(now.utcText))"))
    }

    @Test func `a note fits the column, whatever a command said`() {
        let said = String(repeating: "漢\u{1B}[31m\n", count: 60)
        let result = RecoveryResult(outcome: .failed, attempts: 1, duration: .zero, log: [said])
        let note = RecoveryNote.text(for: result, breaker: CircuitBreaker(), policy: policy, at: now)
        #expect(note.unicodeScalars.count <= 100)
        #expect(!note.unicodeScalars.contains { $0.value < 32 })
    }
}
