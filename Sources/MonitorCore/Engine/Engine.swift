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
    let log: EngineLog
    private let onStatus: @Sendable (EngineStatus) -> Void
    /// How long the store may take for one call, and some for what is around it.
    private let slack: Duration
    private let startedAt: Timestamp

    private let feed = EventFeed()
    /// The state of the last heartbeat.
    private var heartbeatState: Heartbeat.State?
    let wake = AsyncEvent()
    /// Held by the task that writes outcomes.
    let writing = AsyncMutex()
    var scheduler = Scheduler()
    var outbox = Outbox<C.Instant>()
    var inProgress = RecoveriesInProgress<C.Instant>()
    var schedule = PollSchedule<C.Instant>()
    private var health = StoreHealth<C.Instant>()
    private var capabilities: StoreCapabilities?
    private var lastPoll: Timestamp?
    private var nextHeartbeat: C.Instant
    /// By when the loop is back, if nothing hangs.
    private var loopDeadline: C.Instant
    private var breakersOpen = 0
    private var isStopping = false
    private var published: (status: EngineStatus, at: C.Instant)?

    /// Makes an engine; ``run()`` or ``runOnce()`` sets it to work.
    public init(
        settings: EngineSettings, store: any AlarmStore, parts: RecoveryParts, identity: DaemonIdentity,
        logger: Logger, options: EngineOptions<C> = EngineOptions(clock: ContinuousClock())
    ) {
        let clock = options.clock
        let steady = SteadyWallClock()
        self.settings = settings
        self.store = store
        self.parts = parts
        self.identity = identity
        self.clock = clock
        now = options.now ?? { steady.now() }
        wallClock = options.wallClock ?? options.now ?? { .wallClock() }
        onStatus = options.onStatus
        log = EngineLog(logger: logger)
        slack = options.storeTimeout + Self.margin
        startedAt = self.wallClock()
        nextHeartbeat = clock.now
        loopDeadline = clock.now.advanced(by: slack)
    }

    /// Polls at once, instead of at the next `check_interval`.
    ///
    /// Returns at once, and may be called at any rate: until the engine polls, the calls are one, and it polls a hundred
    /// times a second at most.
    public nonisolated func pollNow() { wake.set() }

    /// Takes new settings; recoveries under way go on with the old ones.
    public func reload(_ settings: EngineSettings) {
        self.settings = settings
        scheduler.forgetRefusals()
        pollNow()
    }

    /// Begins no further recovery and lets ``run()`` return: those under way get a moment to end, then are cut off.
    public func stop() {
        isStopping = true
        wake.signal()
    }

    /// Whether loop and recoveries are where they promised to be: nothing hangs.
    ///
    /// That the engine answers at all shows that it is not blocked.
    public func isMakingProgress() -> Bool {
        clock.now <= loopDeadline && inProgress.isOnTime(at: clock.now, slack: slack)
    }

    /// Works until ``stop()`` or the cancellation of the task.
    public func run() async {
        await withDiscardingTaskGroup { group in
            while !isStopping, !Task.isCancelled {
                let nextTick = await tick()
                startWaiting(in: &group)
                let pause = publishStatus().map { min($0, nextTick) } ?? nextTick
                loopDeadline = clock.now.advanced(by: pause + slack)
                await wake.wait(atMost: pause, on: clock)
            }
            isStopping = true
            await waitForRecoveries(atMost: Self.shutdownGrace)
            group.cancelAll()
        }
        await shutDown()
    }

    /// Serves the alarms that there are, each once, and returns; the delay after a failure does not hold here.
    ///
    /// - Returns: whether all of them were recovered and cleared, and all that had to be written was.
    /// - Throws: when the store can't be reached.
    public func runOnce() async throws(StoreError) -> Bool {
        settings.retryDelay = .zero
        try await poll()
        let isNeeded = !scheduler.waiting.isEmpty
        // Told, so that another daemon leaves to this one what it begins.
        if isNeeded { try await heartbeat(.running) }
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
        try await writeKept(hurries: true)
        // Nothing is lost without it: the lease runs out by itself.
        if isNeeded { try? await heartbeat(.stopped) }
        return allRecovered && outbox.isEmpty
    }

    /// Starts waiting recoveries, as many as may run at once; none while the store could not record them.
    private func startWaiting(in group: inout DiscardingTaskGroup) {
        while health.failure == nil, let job = scheduler.next(limit: settings.maxConcurrentRestarts) {
            group.addTask {
                _ = await self.recover(job)
                self.wake.signal()
            }
        }
    }

    /// How long recoveries may go on after a stop was asked for.
    static var shutdownGrace: Duration { .seconds(3) }
    /// How late the loop may be beside what the store may take.
    static var margin: Duration { .seconds(15) }

    private func waitForRecoveries(atMost limit: Duration) async {
        let end = clock.now.advanced(by: limit)
        while !scheduler.running.isEmpty, clock.now < end, !Task.isCancelled {
            await wake.wait(atMost: clock.now.duration(to: end), on: clock)
        }
    }
}

// MARK: - Polls and heartbeats

extension Engine {
    /// How often it is asked whether another daemon still recovers a process: one of this machine is known to have ended
    /// as soon as it has.
    static var elsewhereInterval: Duration { .seconds(2) }

    /// How old a poll may be for its alarms to be started without another one.
    private static var queueFreshness: Duration { .seconds(1) }

    /// One step of the loop: what is due is done.
    ///
    /// - Returns: how long to wait for the next one, if nothing wakes the loop before.
    private func tick() async -> Duration {
        if let pause = health.pause(at: clock.now) { return pause }
        if wake.isSet { schedule.pollSoon() }
        findStuck()
        do {
            if isTimeToPoll() { try await poll() } else { try await writeKept() }
            if clock.now >= nextHeartbeat { try await heartbeat(.running) }
        } catch {
            return storeFailed(error, writing: false)
        }
        let next = [
            nextHeartbeat, schedule.next(interval: settings.checkInterval, now: clock.now), outbox.nextDue,
            inProgress.nextSlow(besides: scheduler.stuck),
        ].compactMap(\.self).min()!
        return max(.zero, clock.now.duration(to: next))
    }

    private func isTimeToPoll() -> Bool {
        guard let lastPoll = schedule.lastPoll, health.failure == nil, !outbox.isBlocked else { return true }
        if clock.now >= schedule.next(interval: settings.checkInterval, now: clock.now) { return true }
        // Alarms that wait are started from the last poll while it is fresh.
        let mayStart = scheduler.running.count - scheduler.stuck.count < settings.maxConcurrentRestarts
        return mayStart && !scheduler.waiting.isEmpty && lastPoll.duration(to: clock.now) > Self.queueFreshness
    }

    func poll(at moment: Timestamp) {
        schedule.poll(at: clock.now.advanced(by: max(.milliseconds(100), moment - now())))
    }

    /// One round trip: the alarms, and what follows from them.
    func poll() async throws(StoreError) {
        if capabilities == nil { try await open() }
        try await writeKept()
        wake.clear()
        let blocked = Set(scheduler.running.keys).union(outbox.processes)
        let begun = Set(scheduler.running.keys)
        let alarms = try await store.poll()
        storeAnswered(writing: false)
        lastPoll = wallClock()
        inProgress.withdraw(allBut: Set(alarms.map(\.processID)), runningBefore: begun)
        let plan = scheduler.take(
            alarms, rules: Scheduler.Rules(settings: settings, instance: identity.instance, wallClock: wallClock()),
            blocked: blocked, at: now(), jitter: { .random(in: 0...1) })
        schedule.polled(at: clock.now)
        // One that has ended since was left out: it may be in alarm again.
        if !begun.isSubset(of: Set(scheduler.running.keys)) { schedule.invalidate() }
        if let moment = plan.nextPoll { poll(at: moment) }
        breakersOpen = plan.breakersOpen
        log.planned(plan, waiting: scheduler.waiting)
        if !plan.completions.isEmpty { await write(plan.completions) }
    }

    private func open() async throws(StoreError) {
        let capabilities = try await store.open()
        self.capabilities = capabilities
        log.opened(capabilities)
    }

    private func heartbeat(_ state: Heartbeat.State) async throws(StoreError) {
        try await sendHeartbeat(state)
        storeAnswered(writing: true)
        nextHeartbeat = clock.now.advanced(by: Heartbeat.interval)
    }

    private func sendHeartbeat(_ state: Heartbeat.State) async throws(StoreError) {
        let heartbeat = Heartbeat(
            daemon: identity, state: state, startedAt: startedAt, lastPoll: lastPoll,
            leaseExpiresAt: wallClock() + Heartbeat.lease)
        try await store.heartbeat(heartbeat)
        publish([heartbeat.event(after: heartbeatState)].compactMap(\.self))
        heartbeatState = state
    }

    /// Writes what is left to write, ends the lease, and closes the store.
    private func shutDown() async {
        if capabilities != nil {
            try? await writeKept(hurries: true)
            // Nothing is lost without it: the lease runs out by itself.
            try? await sendHeartbeat(.stopped)
        }
        if !outbox.isEmpty { log.endsUnwritten(outbox.count) }
        await store.close()
        feed.finish()
    }

    /// Takes note that the store failed, and pauses the loop.
    ///
    /// - Returns: how long the loop pauses.
    @discardableResult
    func storeFailed(_ error: StoreError, writing: Bool) -> Duration {
        let (pause, isNews) = health.failed(error, writing: writing, now: clock.now, random: .random(in: 0...1))
        if isNews { log.storeFailed(error) }
        // What it can do may be different when it is back.
        if error.code == .schema || error.code == .denied { capabilities = nil }
        // The next heartbeat shows whether it takes writes again.
        if writing { nextHeartbeat = clock.now }
        return pause
    }

    func storeAnswered(writing: Bool) {
        if health.answered(writing: writing) { log.storeAnswered() }
    }

    /// Gives the slots of recoveries that only wait for the service manager to others.
    private func findStuck() {
        for job in inProgress.slow(besides: scheduler.stuck, now: clock.now) {
            guard let pending = parts.strategy.pendingJob(of: job.process) else {
                // It waits for something else, which has a limit of its own; a job may follow.
                inProgress.stepped(job.id, .restarting, now: clock.now)
                continue
            }
            if scheduler.isStuck(job) { log.stuck(job, pending) }
        }
    }
}

// MARK: - Events

extension Engine {
    /// How many events wait to be read, for each reader.
    private static var eventLimit: Int { 256 }

    /// What this engine writes into the event log of its store, in order, from now on: how recoveries begin and end, what
    /// becomes of breakers, the start and the stop of the engine.
    ///
    /// Each event comes when the store has taken it. Each use is a stream of its own, which ends when ``run()`` returns.
    /// The newest 256 wait to be read: of a reader that falls behind further, the older ones are dropped. A reader that
    /// needs all of them reads the store's (``ControlStore/events(_:)``), where operators' acts are too.
    public nonisolated var events: AsyncStream<Event> { feed.subscribe(limit: Self.eventLimit) }

    /// Hands on events that the store has taken.
    func publish(_ events: @autoclosure () -> [Event]) {
        guard feed.isRead else { return }
        for var event in events() {
            event.host = identity.host
            feed.publish(event)
        }
    }
}

// MARK: - The status

extension Engine {
    /// How long a change of mere numbers may wait for the next one. In a storm they change hundreds of times a second.
    static var statusPause: Duration { .milliseconds(250) }

    /// Publishes the status, where it has changed.
    ///
    /// - Returns: after which time it is to be published; nil when nothing is left to publish.
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
            if let failure = health.failure { .away(failure.description) } else if let capabilities {
                .reached(capabilities.server)
            } else { .notYetReached }
        return EngineStatus(
            database: database, alarms: scheduler.alarms, recovering: scheduler.running.count - scheduler.stuck.count,
            stuck: scheduler.stuck.count, waiting: scheduler.waiting.count, recovered: scheduler.recovered,
            breakersOpen: breakersOpen, unwritten: outbox.isBlocked || outbox.nextDue != nil ? outbox.count : 0)
    }
}

/// What an engine may be told beside what it needs.
public struct EngineOptions<C: Clock<Duration>>: Sendable {
    /// The clock that it waits and measures by.
    public var clock: C
    /// The wall clock that deadlines of breakers go by; nil = one that nothing can set while the engine lives.
    public var now: (@Sendable () -> Timestamp)?
    /// The wall clock of people and other daemons; nil = ``now``, and without that the machine's.
    public var wallClock: (@Sendable () -> Timestamp)?
    /// The longest that one call of the store may take; ``Engine/isMakingProgress()`` allows for it.
    public var storeTimeout: Duration = .seconds(30)
    /// Called at each change of the status, from the engine's own executor: it must return at once.
    public var onStatus: @Sendable (EngineStatus) -> Void = { _ in }

    public init(clock: C) { self.clock = clock }
}

extension EngineOptions where C == ContinuousClock {
    /// Options of an engine on the machine's own clock.
    public init() { self.init(clock: ContinuousClock()) }
}
