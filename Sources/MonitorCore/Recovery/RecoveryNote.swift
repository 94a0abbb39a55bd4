/// The text that goes into `notes`: the one trace that every user of the tables can read.
package enum RecoveryNote {
    /// The width of `STATUS_PROCESS.notes`, in characters.
    package static let limit = 100

    static func text(for result: RecoveryResult, breaker: CircuitBreaker, at now: Timestamp) -> String {
        let last = result.log.last ?? "nothing was tried"
        let text =
            switch (result.outcome, breaker.state) {
            case (.recovered, _): "\(now.utcText) recovered: \(last)"
            case (.failed, .open(let until)), (.relapsed, .open(let until)):
                "no restart before \(until.utcText) (failures: \(breaker.failures)): \(last)"
            case (.failed, _), (.relapsed, _): "\(now.utcText) failed: \(last)"
            case (.interrupted, _): "\(now.utcText) interrupted: \(last)"
            case (.refused, _): refusal(last)
            }
        return fit(text)
    }

    /// The note of a process for which nothing is ever run. Without a time: the same each time it is met.
    static func refusal(_ reason: String) -> String { fit("refused: \(reason)") }

    private static func fit(_ text: String) -> String {
        text.escapedForDisplay(limit: limit)
    }
}
