public import CoreMetrics
public import MonitorCore

/// A store that measures what an engine does with another store, for swift-metrics.
///
/// | metric | |
/// | --- | --- |
/// | `monitor_alarms` | meter: processes in alarm at the last poll |
/// | `monitor_breakers_open` | meter: those of them whose breaker is open |
/// | `monitor_poll_duration` | timer: how long a poll took that the store answered |
/// | `monitor_recoveries_total` | counter: recoveries that were written, by `outcome` (``RecoveryOutcome``) |
/// | `monitor_store_failures_total` | counter: calls that the store failed, by `code` (``StoreError/Code``) |
///
/// ```swift
/// let engine = Engine(settings: settings, store: MeteredStore(store), …)
/// ```
public struct MeteredStore: AlarmStore {
    private let base: any AlarmStore
    private let factory: any MetricsFactory
    private let alarms: Meter
    private let openBreakers: Meter
    private let pollDuration: Timer
    private let recoveries: [RecoveryOutcome: Counter]

    /// - Parameter factory: where the metrics are made; by default that which the program has bootstrapped.
    public init(_ base: any AlarmStore, factory: any MetricsFactory = MetricsSystem.factory) {
        self.base = base
        self.factory = factory
        alarms = Meter(label: "monitor_alarms", factory: factory)
        openBreakers = Meter(label: "monitor_breakers_open", factory: factory)
        pollDuration = Timer(label: "monitor_poll_duration", factory: factory)
        let counters = RecoveryOutcome.allCases.map { outcome in
            let dimensions = [("outcome", outcome.rawValue)]
            return (outcome, Counter(label: "monitor_recoveries_total", dimensions: dimensions, factory: factory))
        }
        recoveries = Dictionary(uniqueKeysWithValues: counters)
    }

    public func open() async throws(StoreError) -> StoreCapabilities {
        try await counted { () async throws(StoreError) in try await base.open() }
    }

    public func poll() async throws(StoreError) -> [Alarm] {
        let start = ContinuousClock.now
        let found = try await counted { () async throws(StoreError) in try await base.poll() }
        let (seconds, attoseconds) = start.duration(to: .now).components
        pollDuration.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        alarms.set(found.count)
        openBreakers.set(found.count { if case .open = $0.breaker.state { true } else { false } })
        return found
    }

    public func claim(_ request: ClaimRequest) async throws(StoreError) -> ClaimResult {
        try await counted { () async throws(StoreError) in try await base.claim(request) }
    }

    public func revision(of processID: Int64) async throws(StoreError) -> Int64? {
        try await counted { () async throws(StoreError) in try await base.revision(of: processID) }
    }

    public func complete(_ completions: [Completion]) async throws(StoreError) -> [CompletionResult] {
        let results = try await counted { () async throws(StoreError) in try await base.complete(completions) }
        // One that says nothing new has been counted before.
        for completion in completions where !completion.isRepeat {
            if let outcome = completion.outcome { recoveries[outcome]?.increment() }
        }
        return results
    }

    public func heartbeat(_ heartbeat: Heartbeat) async throws(StoreError) {
        try await counted { () async throws(StoreError) in try await base.heartbeat(heartbeat) }
    }

    public func close() async { await base.close() }

    /// Counts the failure of a call.
    private func counted<Result>(_ call: () async throws(StoreError) -> Result) async throws(StoreError) -> Result {
        do {
            return try await call()
        } catch {
            Counter(
                label: "monitor_store_failures_total", dimensions: [("code", "\(error.code)")], factory: factory
            ).increment()
            throw error
        }
    }
}
