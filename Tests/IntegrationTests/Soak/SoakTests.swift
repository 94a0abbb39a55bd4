import Foundation
import TestSupport
import Testing

/// Everything at once, for `SOAK_SECONDS`: alarms and crashes of a hundred processes, while the daemon and the database
/// are killed and suspended at random. `SOAK_SEED` repeats a run, as far as the machine repeats itself.
@Suite(.needsMariaDB, .serialized) struct SoakTests {
    private let seconds = Self.number("SOAK_SECONDS") ?? 20
    private let seed = Self.number("SOAK_SEED").map(UInt64.init) ?? .random(in: 0...999_999)

    private static func number(_ variable: String) -> Int? {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
    }

    @Test func `whatever dies whenever, every process runs once, every alarm is served, and nothing grows`()
        async throws
    {
        let scene = try await SoakScene(seed: seed, seconds: seconds)
        try await scene.disturbEverything(for: .seconds(Double(seconds) * 0.6))
        let afterChaos = try await scene.comeToRest()
        // Another daemon, which only has work to do: the first stretch warms it up, the second shows what grows.
        try await scene.renewDaemon()
        try await scene.disturbProcesses(for: .seconds(Double(seconds) * 0.15))
        let restedAgain = try await scene.comeToRest()
        let before = try await scene.footprint()
        try await scene.disturbProcesses(for: .seconds(Double(seconds) * 0.25))
        let restedAtLast = try await scene.comeToRest()
        let after = try await scene.footprint()
        for growth in after.growth(since: before) { scene.tally.violation("the daemon has grown: \(growth)") }
        let rests = [afterChaos, restedAgain, restedAtLast].map { String(format: "%.1f s", $0 / .seconds(1)) }
        print("soak: \(seconds) s, SOAK_SEED=\(seed)")
        print(
            scene.tally.table(
                try await scene.history() + [
                    ("time until all was served", rests.joined(separator: ", ")),
                    ("daemon after its warm-up", "\(before)"), ("daemon at the end", "\(after)"),
                ]))
        try await scene.end()
        #expect(scene.tally.violations.isEmpty, "SOAK_SEED=\(seed)")
    }
}
