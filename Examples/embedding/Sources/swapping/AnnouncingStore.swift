import MonitorCore

/// A store that tells somebody what came of each recovery, and leaves all else to another store.
struct AnnouncingStore: AlarmStore {
    let base: any AlarmStore
    /// Called once an outcome is written: what is told has happened.
    let announce: @Sendable (RecoveryReport) -> Void

    func finish(_ reports: [RecoveryReport]) async throws(StoreError) -> [FinishResult] {
        let results = try await base.finish(reports)
        reports.forEach(announce)
        return results
    }

    func open() async throws(StoreError) -> StoreCapabilities { try await base.open() }
    func poll() async throws(StoreError) -> [Alarm] { try await base.poll() }
    func begin(_ start: RecoveryStart) async throws(StoreError) -> BeginResult { try await base.begin(start) }
    func beat(_ beat: DaemonBeat) async throws(StoreError) { try await base.beat(beat) }
    func close() async { await base.close() }
}
