package import Logging

/// Runs the checks, keeps how they stand, and raises and resolves alarms for them.
///
/// It stands beside the engine, and knows it only by its recoveries: what it raises is an alarm in the table like any
/// other. Without checks it sleeps.
package actor CheckRunner<C: Clock<Duration>> {
    struct Entry {
        let spec: CheckSpec
        let process: MonitoredProcess
        let check: any Check
        var state: CheckState
        /// How the store has it.
        var written: CheckStanding?
        /// Waits for notices, until the check is removed.
        var watcher: Task<Void, Never>?

        /// Under which name its alarms are raised.
        var source: String { "check \(spec.name)" }
    }

    let parts: CheckParts
    let store: any ControlStore
    let clock: C
    let now: @Sendable () -> Timestamp
    private let wallClock: @Sendable () -> Timestamp
    let logger: Logger
    let pollNow: @Sendable () -> Void

    private(set) var settings: EngineSettings
    var entries: [Int: Entry] = [:]
    private var lastID = 0
    var schedule: CheckSchedule<C.Instant>
    /// When the loop goes on by itself; nil = not before it is woken.
    private var sleepsUntil: C.Instant?
    var recovering: Set<ProcessName> = []
    var cares: [Aftercare<C>] = []
    /// Those of which something is to be written.
    private var unwritten: Set<Int> = []
    private var hasBegun = false
    private var isRunning = false
    /// It was read how the store has the checks.
    private var isRestored = false
    /// Those that are configured no longer, and are to be forgotten in the store.
    private var removed: [CheckSpec] = []
    /// Processes without a row: told once.
    var strangers: Set<ProcessName> = []
    private var isStoreAway = false
    private var backoff = Backoff()

    /// Something is to be run.
    let wake = AsyncEvent()
    /// Something is to be written.
    private let change = AsyncEvent()

    /// - Parameters:
    ///   - wallClock: the clock of people, by which holds end.
    ///   - pollNow: has the engine poll, after an alarm was raised.
    package init(
        settings: EngineSettings, parts: CheckParts, store: any ControlStore, clock: C,
        now: @escaping @Sendable () -> Timestamp, wallClock: @escaping @Sendable () -> Timestamp, logger: Logger,
        pollNow: @escaping @Sendable () -> Void
    ) {
        self.settings = settings
        self.parts = parts
        self.store = store
        self.clock = clock
        self.now = now
        self.wallClock = wallClock
        self.logger = logger
        self.pollNow = pollNow
        schedule = CheckSchedule(commandLimit: settings.maxConcurrentChecks, now: clock.now)
    }

    /// Works until the task is cancelled.
    package func run() async {
        begin()
        isRunning = true
        for id in entries.keys { startWatching(id) }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.write() }
            while !Task.isCancelled {
                for care in cares { group.addTask { await self.watch(over: care) } }
                cares = []
                for id in schedule.takeDue(now: clock.now) { group.addTask { await self.runCheck(id) } }
                sleepsUntil = schedule.nextDue
                if let next = sleepsUntil {
                    await wake.wait(atMost: max(.zero, clock.now.duration(to: next)), on: clock)
                } else {
                    await wake.wait()
                }
            }
            group.cancelAll()
        }
        for entry in entries.values { entry.watcher?.cancel() }
    }

    // MARK: - Settings

    /// Makes the checks, where that is not done yet.
    func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        take(settings)
    }

    /// Takes new settings: checks that are the same go on as they are.
    package func reload(_ settings: EngineSettings) {
        hasBegun = true
        take(settings)
        wake.signal()
    }

    private func take(_ new: EngineSettings) {
        settings = new
        schedule.commandLimit = new.maxConcurrentChecks
        var wanted = new.checks
        var former: [ProcessName: Entry] = [:]
        for (id, entry) in entries {
            let process = MonitoredProcess(name: entry.spec.process, settings: new.settings(for: entry.spec.process))
            if let index = wanted.firstIndex(of: entry.spec), process == entry.process {
                wanted.remove(at: index)
            } else {
                former[entry.spec.name] = remove(id)
            }
        }
        for spec in wanted {
            let entry = former[spec.name].flatMap { $0.spec.process == spec.process ? $0 : nil }
            if entry != nil { former[spec.name] = nil }
            add(spec, after: entry)
        }
        for entry in former.values where entry.state.standing == .failed && entry.spec.raises { tellGone(entry) }
        removed += former.values.filter { $0.written != nil }.map(\.spec)
        if !removed.isEmpty { change.signal() }
    }

    /// - Parameter former: the same check as it was configured before.
    private func add(_ spec: CheckSpec, after former: Entry?) {
        let process = MonitoredProcess(name: spec.process, settings: settings.settings(for: spec.process))
        lastID += 1
        let id = lastID
        var entry = Entry(
            spec: spec, process: process, check: parts.make(spec, process),
            state: CheckState(spec, startedAt: now()))
        if let former {
            entry.state.take(former.state)
            entry.written = former.written
        }
        entries[id] = entry
        if isRunning { startWatching(id) }
        schedule.add(
            id, period: spec.period, isCommand: spec.kind.isCommand, now: clock.now, random: .random(in: 0...1))
    }

    private func startWatching(_ id: Int) {
        guard let entry = entries[id], let notices = parts.watch(entry.spec, entry.process) else { return }
        // Ended by its own check's removal, which no group can do.
        entries[id]?.watcher = Task { [weak self] in
            for await _ in notices { await self?.hurry(id) }
        }
    }

    private func remove(_ id: Int) -> Entry? {
        let entry = entries.removeValue(forKey: id)
        entry?.watcher?.cancel()
        schedule.remove(id)
        unwritten.remove(id)
        return entry
    }

    /// Runs a check as soon as it can be.
    private func hurry(_ id: Int) {
        schedule.hurry(id, now: clock.now)
        wake.signal()
    }

    // MARK: - Results

    /// What events tell is verified no more often than this, as long as it passes.
    private static var verification: Duration { .seconds(60) }

    private func runCheck(_ id: Int) async {
        guard let entry = entries[id] else { return schedule.ended(id, now: clock.now, random: 0) }
        let result = await entry.check.run(limit: entry.spec.timeout)
        guard !Task.isCancelled else { return }
        await take(result, of: id)
        let isQuiet = entry.watcher != nil && entries[id]?.state.isQuiet == true
        schedule.ended(
            id, pause: isQuiet ? Self.verification : .zero, now: clock.now, random: .random(in: 0...1))
        // A command may wait for its place. With a thousand checks, the loop does not look at all of them for each result.
        if entry.spec.kind.isCommand || schedule.isDue(id, before: sleepsUntil) { wake.signal() }
    }

    private func take(_ result: CheckResult, of id: Int) async {
        guard let entry = entries[id], !recovering.contains(entry.process.name) else { return }
        if case .failed = result, !entry.spec.kind.isToldByEvents, entry.spec.grace > .zero,
            entry.state.wouldFail(at: now()), let age = await parts.age(entry.process),
            age < entry.spec.graceAfterStart
        {
            entries[id]?.state.processStarted(at: now() + (.zero - age))
        }
        guard !recovering.contains(entry.process.name), let isNews = entries[id]?.state.record(result, at: now())
        else { return }
        log(result, of: entry)
        note(id, isNews: isNews)
    }

    /// Has written down what is to be: how the check stands now, or that its alarm is to stand.
    func note(_ id: Int, isNews: Bool) {
        guard let entry = entries[id] else { return }
        if isNews { tell(entry) }
        let isOpen = entry.state.standing != nil && entry.state.standing != entry.written
        guard isOpen || entry.state.isFailing(at: now()) else { return }
        unwritten.insert(id)
        change.signal()
    }

    // MARK: - Writing

    /// How many changes are written together.
    private static var batch: Int { 64 }

    /// Writes what is to be written, until the task is cancelled; what fails is tried again.
    private func write() async {
        while !Task.isCancelled {
            guard !unwritten.isEmpty || !removed.isEmpty else {
                await change.wait()
                continue
            }
            let ids = Array(unwritten.sorted().prefix(Self.batch))
            unwritten.subtract(ids)
            let failed = await attempt(ids)
            unwritten.formUnion(failed.filter { entries[$0] != nil })
            if !failed.isEmpty || !removed.isEmpty {
                try? await clock.sleep(for: backoff.next(random: .random(in: 0...1)))
            } else {
                backoff.succeeded()
                isStoreAway = false
            }
        }
    }

    /// Writes what is to be written of some checks: together, or one by one where one of them spoils that.
    ///
    /// - Returns: those of which it could not be written.
    private func attempt(_ ids: [Int]) async -> [Int] {
        do {
            try await write(ids)
            return []
        } catch {
            if ids.count > 1, error.isOfOneProcess {
                var failed: [Int] = []
                for id in ids { failed += await attempt([id]) }
                return failed
            }
            if !isStoreAway {
                logger.warning(
                    "cannot record how checks stand, and keeps trying",
                    metadata: ["event": "check.unwritten", "error.reason": "\(error)"])
            }
            isStoreAway = true
            return ids
        }
    }

    private func write(_ ids: [Int]) async throws(StoreError) {
        if !isRestored { try await restore() }
        try await forgetRemoved()
        let names = Set(ids.compactMap { entries[$0]?.process.name.rawValue })
        let rows = try await store.processes(named: Array(names))
        let byName = Dictionary(rows.map { ($0.name, $0) }) { first, _ in first }
        var changes: [(id: Int, change: CheckChange)] = []
        for id in ids {
            guard let entry = entries[id] else { continue }
            guard let row = byName[entry.process.name.rawValue] else {
                tellStranger(entry)
                continue
            }
            if let change = change(of: entry, row) { changes.append((id, change)) }
        }
        guard !changes.isEmpty else { return }
        let effects = try await store.record(changes.map(\.change))
        for ((id, change), effect) in zip(changes, effects) {
            entries[id]?.written = change.record.standing
            if let entry = entries[id] { tell(effect, of: entry) }
        }
        if effects.contains(.raised) { pollNow() }
    }

    /// What is to be written of a check, if anything is.
    private func change(of entry: Entry, _ row: ProcessStatus) -> CheckChange? {
        guard let standing = entry.state.standing, let since = entry.state.since else { return nil }
        let record = CheckRecord(
            processID: row.processID, check: entry.spec.name.rawValue, standing: standing, since: since,
            message: entry.state.message)
        var change = CheckChange(record, before: entry.written)
        let mayAct = settings.mode == .act && entry.spec.raises
        if mayAct, entry.state.isFailing(at: now()), !row.alarm, !isHeld(row) {
            change.raises = AlarmCause(
                source: entry.source, reason: entry.state.message, note: "\(entry.source): \(entry.state.message)")
        } else if mayAct, standing == .passed, entry.written == .failed {
            change.resolves = AlarmCause(
                source: entry.source, reason: "\(entry.source) passes again",
                note: "\(entry.source) passes again (\(wallClock().utcText))")
        }
        return change.before != standing || change.raises != nil ? change : nil
    }

    func isHeld(_ row: ProcessStatus) -> Bool { row.hold?.holds(at: wallClock()) ?? false }

    /// Takes over how the checks stood, and drops what is kept of those that there are no more.
    private func restore() async throws(StoreError) {
        let names = Set(entries.values.map(\.process.name.rawValue))
        let processes = try await store.processes(named: Array(names))
        let records = try await store.checks(of: processes.map(\.processID))
        var known: [String: CheckRecord] = [:]
        for process in processes {
            let own = entries.values.filter { $0.process.name.rawValue == process.name }.map(\.spec.name.rawValue)
            let gone = records.filter { $0.processID == process.processID && !own.contains($0.check) }.map(\.check)
            if !gone.isEmpty { try await store.forgetChecks(of: process.processID, named: gone) }
            for record in records where record.processID == process.processID && own.contains(record.check) {
                known[record.check] = record
            }
        }
        isRestored = true
        for (id, entry) in entries {
            guard let record = known[entry.spec.name.rawValue] else { continue }
            entries[id]?.state.restore(record)
            entries[id]?.written = record.standing
        }
    }

    private func forgetRemoved() async throws(StoreError) {
        while let spec = removed.last {
            for process in try await store.processes(named: [spec.process.rawValue]) {
                try await store.forgetChecks(of: process.processID, named: [spec.name.rawValue])
            }
            removed.removeAll { $0 == spec }
        }
    }
}

extension CheckRunner where C == ContinuousClock {
    /// Makes one on the machine's own clocks.
    package init(
        settings: EngineSettings, parts: CheckParts, store: any ControlStore, logger: Logger,
        pollNow: @escaping @Sendable () -> Void
    ) {
        let steady = SteadyWallClock()
        self.init(
            settings: settings, parts: parts, store: store, clock: ContinuousClock(), now: { steady.now() },
            wallClock: { .wallClock() }, logger: logger, pollNow: pollNow)
    }
}
