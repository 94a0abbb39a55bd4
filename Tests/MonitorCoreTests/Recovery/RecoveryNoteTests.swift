import Testing

@testable import MonitorCore

@Suite struct RecoveryNoteTests {
    let now = Timestamp(milliseconds: 1_795_433_405_000)

    @Test func `a recovery says when and how`() {
        let result = RecoveryResult(
            outcome: .recovered, attempts: 1, duration: .zero, log: ["unit a restarted, healthy"])
        let note = RecoveryNote.text(for: result, breaker: CircuitBreaker(), at: now)
        #expect(note == "2026-11-23 11:30:05Z recovered: unit a restarted, healthy")
    }

    @Test func `a failure that opened the breaker says until when`() {
        let result = RecoveryResult(outcome: .failed, attempts: 2, duration: .zero, log: ["attempt 2: no"])
        let breaker = CircuitBreaker(state: .open(until: now + .seconds(60)), failures: 3)
        #expect(
            RecoveryNote.text(for: result, breaker: breaker, at: now)
                == "no restart before 2026-11-23 11:31:05Z (failures: 3): attempt 2: no")
    }

    @Test func `a note fits the column, whatever a command said`() {
        let said = String(repeating: "漢\u{1B}[31m\n", count: 60)
        let result = RecoveryResult(outcome: .failed, attempts: 1, duration: .zero, log: [said])
        let note = RecoveryNote.text(for: result, breaker: CircuitBreaker(), at: now)
        #expect(note.unicodeScalars.count <= 100)
        #expect(!note.unicodeScalars.contains { $0.value < 32 })
    }
}
