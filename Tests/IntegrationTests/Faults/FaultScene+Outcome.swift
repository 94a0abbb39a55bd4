import Foundation

/// What became of the alarms.
extension FaultScene {
    /// The ids of the processes in alarm.
    func alarms() throws -> [String] {
        try database.sql("SELECT process_id FROM STATUS_PROCESS WHERE alarma = 1 ORDER BY 1").compactMap { $0[0] }
    }

    /// No alarm stands, and every process runs.
    func isNormal() throws -> Bool {
        try names.allSatisfy { FaultWorker.isRunning($0, at: site) } && alarms().isEmpty
    }

    /// Waits until all is normal, and tells what it took and what it cost.
    func outcome() async throws -> FaultReport.Outcome {
        let (mended, raised) = state.withLock { ($0.mended ?? .now, $0.raised) }
        try await eventually("all is normal again", within: 60, in: daemon) {
            // The database may still be on its way.
            (try? self.isNormal()) == true
        }
        let recovery = ContinuousClock.now - mended
        // A last look of the daemon: nothing more may come.
        try await Task.sleep(for: .milliseconds(300))
        let starts = startsSinceRaised()
        return FaultReport.Outcome(
            before: raised, after: try alarms().count, lost: starts.filter { $0 < 1 }.count, twice: try meetings(),
            restarts: starts.reduce(0, +), recovery: recovery)
    }

    /// How often each process was started since its alarm was raised.
    func startsSinceRaised() -> [Int] {
        let before = state.withLock { $0.startsBefore }
        return names.map { FaultWorker.starts(of: $0, at: site) - before[$0, default: 0] }
    }

    /// How often two of one process ran, now or at any moment before.
    func meetings() throws -> Int { FaultWorker.meetings(at: site) + (try copies() - names.count) }

    private func copies() throws -> Int {
        try names.map { try site.countProcesses(with: "\(site.path("worker")) \($0)") }.reduce(0, +)
    }
}
