import MonitorCore

/// A store that is away when a test says so.
actor FlakyStore: AlarmStore {
    let store: InMemoryStore
    private var failure: StoreError?
    /// The reports that arrived together, in order, whatever came of them.
    private(set) var attempted: [[Completion]] = []
    /// A process of which no report is taken.
    private var refused: String?

    /// How often a recovery was to be begun.
    private(set) var begins = 0

    /// What happens when the alarms of a poll are read, and not yet handed over.
    private var meanwhile: (@Sendable () async -> Void)?

    init(_ store: InMemoryStore) { self.store = store }

    func duringNextPoll(_ body: @escaping @Sendable () async -> Void) { meanwhile = body }

    func fail(with failure: StoreError?) { self.failure = failure }

    /// How often was looked.
    private(set) var polls = 0
    private var isHolding = false
    private var held: [CheckedContinuation<Void, Never>] = []

    /// Reports get no answer until that is over.
    func hold(_ holds: Bool) {
        isHolding = holds
        if !holds {
            for continuation in held { continuation.resume() }
            held = []
        }
    }

    func refuse(_ process: String?) { refused = process }

    private func answer() throws(StoreError) {
        if let failure { throw failure }
    }

    func open() async throws(StoreError) -> StoreCapabilities {
        try answer()
        return await store.open()
    }

    func poll() async throws(StoreError) -> [Alarm] {
        polls += 1
        try answer()
        let alarms = await store.poll()
        let meanwhile = meanwhile
        self.meanwhile = nil
        await meanwhile?()
        return alarms
    }

    func claim(_ request: ClaimRequest) async throws(StoreError) -> ClaimResult {
        begins += 1
        try answer()
        return await store.claim(request)
    }

    func complete(_ completions: [Completion]) async throws(StoreError) -> [CompletionResult] {
        attempted.append(completions)
        if isHolding { await withCheckedContinuation { held.append($0) } }
        try answer()
        if completions.contains(where: { $0.processName == refused }) {
            throw StoreError(.rejected, "cannot record the recovery", reason: "a test refuses it")
        }
        return await store.complete(completions)
    }

    func revision(of processID: Int64) async throws(StoreError) -> Int64? {
        try answer()
        return await store.revision(of: processID)
    }

    func heartbeat(_ heartbeat: Heartbeat) async throws(StoreError) {
        try answer()
        await store.heartbeat(heartbeat)
    }

    func close() async { await store.close() }
}

extension StoreError {
    static let away = StoreError(.unreachable, "cannot reach the database", reason: "a test took it away")
}
