/// How a recovery went.
struct RecoveryResult: Sendable, Equatable {
    var outcome: RecoveryOutcome
    var attempts: Int
    var duration: Duration
    /// What was tried and what came of it, in order, a phrase each.
    var log: [String]
}
