import MonitorCore

/// A store that tells what came of each recovery, and leaves all else to another store.
struct AnnouncingStore: AlarmStore {
    let base: any AlarmStore
    /// Called once an outcome is written: what is told has happened.
    let announce: @Sendable (Completion) -> Void

    func complete(_ completions: [Completion]) async throws(StoreError) -> [CompletionResult] {
        let results = try await base.complete(completions)
        completions.forEach(announce)
        return results
    }

    func open() async throws(StoreError) -> StoreCapabilities { try await base.open() }
    func poll() async throws(StoreError) -> [Alarm] { try await base.poll() }
    func claim(_ request: ClaimRequest) async throws(StoreError) -> ClaimResult { try await base.claim(request) }
    func heartbeat(_ heartbeat: Heartbeat) async throws(StoreError) { try await base.heartbeat(heartbeat) }
    func revision(of processID: Int64) async throws(StoreError) -> Int64? { try await base.revision(of: processID) }
    func close() async { await base.close() }
}
