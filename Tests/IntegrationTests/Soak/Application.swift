import Foundation
import TestSupport

/// The application whose processes are monitored: it raises alarms as long as it is told to, and crashes now and then.
struct Application: Sendable {
    let fleet: Fleet
    let database: TestDatabase
    let tally: SoakTally
    /// Of the processes of these names, only alarms are raised. Killed, one whose breaker is open would stay away.
    let spared: Set<String>
    var random: SeededGenerator

    /// Raises alarms until the end, and does not leave before the database has taken the last of them.
    func disturbing(until end: ContinuousClock.Instant) async throws -> Self {
        var application = self
        try await application.run(until: end)
        return application
    }

    private mutating func run(until end: ContinuousClock.Instant) async throws {
        var pending: Set<Int> = []
        while ContinuousClock.now < end || !pending.isEmpty {
            try await Task.sleep(for: random.duration(100...700))
            if ContinuousClock.now < end {
                for _ in 0..<Int.random(in: 1...5, using: &random) { pending.insert(try disturb()) }
            }
            await raise(&pending)
            for name in try fleet.duplicates() { tally.violation("\(name) ran twice at \(Date())") }
        }
    }

    /// Kills a process, or leaves it: the id of one that is to be in alarm.
    private mutating func disturb() throws -> Int {
        let index = Int.random(in: fleet.names.indices, using: &random)
        let name = fleet.names[index]
        if Bool.random(using: &random), !spared.contains(name), try fleet.kill(name) { tally.count(.processKills) }
        return index + 1
    }

    private func raise(_ pending: inout Set<Int>) async {
        guard !pending.isEmpty else { return }
        let ids = pending.sorted().map(String.init).joined(separator: ", ")
        do {
            try await database.root.run("UPDATE STATUS_PROCESS SET alarma = 1 WHERE process_id IN (\(ids))")
            tally.count(.alarms, pending.count)
            pending = []
        } catch {
            tally.count(.refusals)
            await database.root.close()
        }
    }
}
