import TestSupport
import Testing

@testable import MonitorCore

/// Drives scheduler, recoveries and breakers together with random events, beside models that know only the rules.
@Suite struct RecoveryPropertyTests {
    @Test func `100,000 random sequences keep to the rules, and leave no alarm standing for ever`() {
        var seeds = SeededGenerator()
        for sequence in 0..<100_000 {
            var world = RandomWorld(seed: seeds.next())
            do {
                for _ in 0..<12 { try world.happen() }
                if sequence.isMultiple(of: 10) { try world.heal() }
            } catch {
                Issue.record("MONITOR_TEST_SEED=\(seeds.seed), sequence \(sequence): \(error)")
                return
            }
        }
    }
}
