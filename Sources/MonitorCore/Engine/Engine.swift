public import Logging

/// The loop: sees alarms, recovers their processes beside one another, and writes down what came of it.
///
/// One engine serves one store on one host. It keeps no truth of its own: what must survive is written to the store
/// before a process is touched, and what could not be written yet is written first when the store is back.
public actor Engine<C: Clock<Duration>> {
    private(set) var settings: EngineSettings
    let parts: RecoveryParts
    let store: any AlarmStore
    let identity: DaemonIdentity
    let clock: C
    /// The wall clock that decisions go by.
    let now: @Sendable () -> Timestamp
    /// The machine's clock, which people and other daemons go by: for what they read.
    let wallClock: @Sendable () -> Timestamp
    let logger: Logger
    private let onStatus: @Sendable (EngineStatus) -> Void

    let wake = WakeSignal()
    var scheduler = Scheduler()
    var outbox = Outbox()
    /// Somebody writes outcomes; the others wait for their turn.
    var isWriting = false
    var writersWaiting: [CheckedContinuation<Void, Never>] = []
    var capabilities: StoreCapabilities?
    /// The last failure of the store, until it answers again, and whether it was a write that failed.
    var storeFailure: (error: StoreError, writing: Bool)?
    var backoff = Backoff()
    /// Until then the loop leaves a failing store alone.
    var pauseEnd: C.Instant?
    let startedAt: Timestamp
    var lastPoll: Timestamp?
    var lastLook: C.Instant?
    var nextBeat: C.Instant
    var breakersOpen = 0
    /// When a breaker or a hold lets an alarm through.
    var nextLookWanted: C.Instant?
    private var isStopping = false
    private var published: (status: EngineStatus, at: C.Instant)?
    var progress: Progress<C.Instant>

    /// Makes an engine; ``run()`` or ``runOnce()`` sets it to work.
    ///
    /// - Parameters:
    ///   - now: the wall clock that deadlines of breakers go by; by default one that nobody can set while the engine
    ///     lives.
    ///   - wallClock: the wall clock of people and other daemons; by default `now`, and without that the machine's.
    ///   - onStatus: called at each change of the status, from the engine's own executor: it must return at once.
    public init(
        settings: EngineSettings, store: any AlarmStore, parts: RecoveryParts, identity: DaemonIdentity,
        clock: C, now: (@Sendable () -> Timestamp)? = nil, wallClock: (@Sendable () -> Timestamp)? = nil,
        logger: Logger,
        onStatus: @escaping @Sendable (EngineStatus) -> Void = { _ in }
    ) {
        let steady = SteadyWallClock()
        self.settings = settings
        self.store = store
        self.parts = parts
        self.identity = identity
        self.clock = clock
        self.now = now ?? { steady.now() }
        self.wallClock = wallClock ?? now ?? { .wallClock() }
        self.logger = logger
        self.onStatus = onStatus
        startedAt = self.wallClock()
        nextBeat = clock.now
        progress = Progress(now: clock.now)
    }

    /// Looks at once, instead of at the next `check_interval`.
    ///
    /// Returns at once, and may be called at any rate: until the engine looks, the calls are one, and it looks a hundred
    /// times a second at most.
    public nonisolated func lookNow() { wake.wantLook() }

    /// Takes a new configuration; recoveries under way go on with the old one.
    public func reload(_ settings: EngineSettings) {
        self.settings = settings
        lookNow()
    }

    /// Begins no further recovery and lets ``run()`` return: those under way get a moment to end, then are cut off.
    public func stop() {
        isStopping = true
        wake.signal()
    }

    /// Whether loop and recoveries are where they promised to be: nothing hangs.
    ///
    /// That the engine answers at all shows that it is not blocked.
    public func isMakingProgress() -> Bool { progress.isKept(at: clock.now) }

    /// Works until ``stop()`` or the cancellation of the task.
    public func run() async {
        await withDiscardingTaskGroup { group in
            while !isStopping, !Task.isCancelled {
                let nextTurn = await turn()
                startWaiting(in: &group)
                let pause = publishStatus().map { min($0, nextTurn) } ?? nextTurn
                progress.loopReturns(by: clock.now.advanced(by: pause))
                await wake.wait(atMost: pause, on: clock)
            }
            isStopping = true
            await waitForRecoveries(atMost: Self.shutdownGrace)
            group.cancelAll()
        }
        await sayGoodbye()
    }

    /// Serves the alarms that there are, each once, and returns.
    ///
    /// - Returns: whether all of them were recovered, and all that had to be written was.
    /// - Throws: when the store can't be reached.
    public func runOnce() async throws(StoreError) -> Bool {
        try await look()
        let isNeeded = !scheduler.waiting.isEmpty
        // Signed, so that another daemon leaves to this one what it begins.
        if isNeeded { try await beat(.running) }
        var allRecovered = scheduler.waiting.count == scheduler.alarms
        await withTaskGroup(of: Bool.self) { group in
            func start() {
                while let job = scheduler.next(limit: settings.maxConcurrentRestarts) {
                    group.addTask { await self.recover(job) }
                }
            }
            start()
            while let recovered = await group.next() {
                allRecovered = allRecovered && recovered
                start()
            }
        }
        try await writeKept()
        // Nothing is lost without it: the sign of life runs out by itself.
        if isNeeded { try? await beat(.stopped) }
        return allRecovered
    }

    /// Starts waiting recoveries, as many as may run at once; none while the store could not record them.
    private func startWaiting(in group: inout DiscardingTaskGroup) {
        while storeFailure == nil, let job = scheduler.next(limit: settings.maxConcurrentRestarts) {
            group.addTask {
                _ = await self.recover(job)
                self.wake.signal()
            }
        }
    }

    /// How long recoveries may go on after a stop was asked for.
    static var shutdownGrace: Duration { .seconds(3) }

    private func waitForRecoveries(atMost limit: Duration) async {
        let end = clock.now.advanced(by: limit)
        while !scheduler.running.isEmpty, clock.now < end, !Task.isCancelled {
            await wake.wait(atMost: clock.now.duration(to: end), on: clock)
        }
    }

    /// How long a change of mere numbers may wait for the next one. In a storm they change hundreds of times a second.
    static var statusPause: Duration { .milliseconds(250) }

    /// Tells the status, where it has changed.
    ///
    /// - Returns: after which time it is to be told; nil when nothing is left to tell.
    private func publishStatus() -> Duration? {
        let status = status
        if let published {
            guard status != published.status else { return nil }
            let age = published.at.duration(to: clock.now)
            if age < Self.statusPause, status.database == published.status.database { return Self.statusPause - age }
        }
        published = (status, clock.now)
        onStatus(status)
        return nil
    }

    private var status: EngineStatus {
        let database: EngineStatus.Database =
            if let storeFailure { .away(storeFailure.error.description) } else if let capabilities {
                .reached(capabilities.server)
            } else { .notYetReached }
        return EngineStatus(
            database: database, alarms: scheduler.alarms, recovering: scheduler.running.count,
            waiting: scheduler.waiting.count, recovered: scheduler.recovered, breakersOpen: breakersOpen,
            unwritten: outbox.isHeldUp ? outbox.reports.count : 0)
    }
}

extension Engine where C == ContinuousClock {
    /// Makes an engine on the machine's own clock.
    public init(
        settings: EngineSettings, store: any AlarmStore, parts: RecoveryParts, identity: DaemonIdentity,
        logger: Logger, onStatus: @escaping @Sendable (EngineStatus) -> Void = { _ in }
    ) {
        self.init(
            settings: settings, store: store, parts: parts, identity: identity, clock: ContinuousClock(),
            now: nil, logger: logger, onStatus: onStatus)
    }
}
