import MonitorCore

/// A store that is away when a test says so.
actor FlakyStore: AlarmStore {
    let store: InMemoryStore
    private var failure: StoreError?
    /// Reports that arrived, in order, whatever came of them.
    private(set) var attempted: [RecoveryReport] = []

    /// How often a recovery was to be begun.
    private(set) var begins = 0

    /// What happens when the alarms of a poll are read, and not yet handed over.
    private var meanwhile: (@Sendable () async -> Void)?

    init(_ store: InMemoryStore) { self.store = store }

    func duringNextPoll(_ body: @escaping @Sendable () async -> Void) { meanwhile = body }

    func fail(with failure: StoreError?) { self.failure = failure }

    private func answer() throws(StoreError) {
        if let failure { throw failure }
    }

    func open() async throws(StoreError) -> StoreCapabilities {
        try answer()
        return await store.open()
    }

    func poll() async throws(StoreError) -> [Alarm] {
        try answer()
        let alarms = await store.poll()
        let meanwhile = meanwhile
        self.meanwhile = nil
        await meanwhile?()
        return alarms
    }

    func begin(_ start: RecoveryStart) async throws(StoreError) -> BeginResult {
        begins += 1
        try answer()
        return await store.begin(start)
    }

    func finish(_ report: RecoveryReport) async throws(StoreError) -> FinishResult {
        attempted.append(report)
        try answer()
        return await store.finish(report)
    }

    func beat(_ beat: DaemonBeat) async throws(StoreError) {
        try answer()
        await store.beat(beat)
    }

    func close() async { await store.close() }
}

extension StoreError {
    static let away = StoreError(.unreachable, "cannot reach the database", reason: "a test took it away")
}
