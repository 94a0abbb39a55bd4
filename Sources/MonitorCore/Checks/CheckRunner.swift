package import Logging

/// What a ``CheckRunner`` needs of the outside.
package struct CheckParts: Sendable {
    /// Makes the check that a section describes.
    package var make: @Sendable (_ spec: CheckSpec, _ process: MonitoredProcess) -> any Check
    /// A notice each time the answer may have changed, for kinds that are told by events; nil where there is none.
    package var watch: @Sendable (_ spec: CheckSpec, _ process: MonitoredProcess) -> AsyncStream<Void>?
    /// How long the process has been running; nil where it doesn't, or that isn't known.
    package var age: @Sendable (_ process: MonitoredProcess) async -> Duration? = { _ in nil }
    /// A notice each time what a recovery has started may have ended; nil where nothing tells.
    package var watchStarted: @Sendable (_ started: Started) -> AsyncStream<Void>? = { _ in nil }
    /// Why what a recovery has started no longer runs; nil while the process does, or was stopped on purpose.
    package var loss: @Sendable (_ process: MonitoredProcess, _ started: Started) async -> String? = { _, _ in nil }

    package init(
        make: @escaping @Sendable (_ spec: CheckSpec, _ process: MonitoredProcess) -> any Check,
        watch: @escaping @Sendable (_ spec: CheckSpec, _ process: MonitoredProcess) -> AsyncStream<Void>? = { _, _ in
            nil
        }
    ) {
        self.make = make
        self.watch = watch
    }
}

/// Runs the checks, keeps how they stand, and raises and resolves alarms for them.
///
/// It stands beside the engine, and knows it only by its recoveries: what it raises is an alarm in the table like any
/// other. Without checks it sleeps.
package actor CheckRunner<C: Clock<Duration>> {
    private struct Entry {
        let spec: CheckSpec
        let process: MonitoredProcess
        let check: any Check
        var state: CheckState
        /// How the store has it.
        var written: CheckStanding?
        /// Waits for notices, until the check is removed.
        var watcher: Task<Void, Never>?
    }

    private let parts: CheckParts
    private let store: any ControlStore
    private let clock: C
    private let now: @Sendable () -> Timestamp
    private let wallClock: @Sendable () -> Timestamp
    private let logger: Logger
    private let pollNow: @Sendable () -> Void

    private var settings: EngineSettings
    private var entries: [Int: Entry] = [:]
    private var lastID = 0
    private var schedule: CheckSchedule<C.Instant>
    private var recovering: Set<ProcessName> = []
    private var cares: [Aftercare<C>] = []
    /// Those of which something is to be written.
    private var unwritten: Set<Int> = []
    /// How the store had the checks when it was first reached; nil before that.
    private var restored: [String: CheckRecord]?
    /// Names of processes without a row, so that this is told once.
    private var strangers: Set<ProcessName> = []
    private var isStoreAway = false
    private var backoff = Backoff()

    /// Something is to be run.
    private let wake = AsyncEvent()
    /// Something is to be written.
    private let change = AsyncEvent()

    /// - Parameters:
    ///   - now: the clock that decisions go by.
    ///   - wallClock: the clock of people: holds end by it.
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
        take(settings)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.write() }
            while !Task.isCancelled {
                for care in cares { group.addTask { await self.watch(over: care) } }
                cares = []
                for id in schedule.takeDue(now: clock.now) { group.addTask { await self.runCheck(id) } }
                if let next = schedule.nextDue {
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

    /// Takes new settings: checks that are the same go on as they are.
    package func reload(_ settings: EngineSettings) {
        take(settings)
        wake.signal()
    }

    private func take(_ new: EngineSettings) {
        settings = new
        schedule.commandLimit = new.maxConcurrentChecks
        var wanted = new.checks
        for (id, entry) in entries {
            let process = MonitoredProcess(name: entry.spec.process, settings: new.settings(for: entry.spec.process))
            if let index = wanted.firstIndex(of: entry.spec), process == entry.process {
                wanted.remove(at: index)
            } else {
                remove(id)
            }
        }
        for spec in wanted { add(spec) }
    }

    private func add(_ spec: CheckSpec) {
        let process = MonitoredProcess(name: spec.process, settings: settings.settings(for: spec.process))
        lastID += 1
        let id = lastID
        var entry = Entry(
            spec: spec, process: process, check: parts.make(spec, process),
            state: CheckState(spec, startedAt: now()))
        if let record = restored?[spec.name.rawValue] {
            entry.state.restore(record)
            entry.written = record.standing
        }
        if let notices = parts.watch(spec, process) {
            // Ended by its own check's removal, which no group can do.
            entry.watcher = Task { [weak self] in
                for await _ in notices { await self?.hurry(id) }
            }
        }
        entries[id] = entry
        schedule.add(
            id, period: spec.period, isCommand: spec.kind.isCommand, now: clock.now, random: .random(in: 0...1))
    }

    private func remove(_ id: Int) {
        entries.removeValue(forKey: id)?.watcher?.cancel()
        schedule.remove(id)
        unwritten.remove(id)
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
        // The loop may sleep for longer than until this one is due, or a command may wait for its place.
        wake.signal()
    }

    private func take(_ result: CheckResult, of id: Int) async {
        guard let entry = entries[id], !recovering.contains(entry.process.name) else { return }
        if case .failed = result, !entry.spec.kind.isToldByEvents, entry.spec.grace > .zero,
            entry.state.wouldFail(at: now()), let age = await parts.age(entry.process), age < entry.spec.grace
        {
            entries[id]?.state.processStarted(at: now() + (.zero - age))
        }
        guard !recovering.contains(entry.process.name), let isNews = entries[id]?.state.record(result, at: now())
        else { return }
        log(result, of: entry)
        note(id, isNews: isNews)
    }

    /// Has written down what is to be: how the check stands now, or that its alarm is to stand.
    private func note(_ id: Int, isNews: Bool) {
        guard let entry = entries[id] else { return }
        if isNews { tell(entry) }
        let isOpen = entry.state.standing != nil && entry.state.standing != entry.written
        guard isOpen || entry.state.isFailing(at: now()) else { return }
        unwritten.insert(id)
        change.signal()
    }

    private func log(_ result: CheckResult, of entry: Entry) {
        logger.debug(
            "ran a check",
            metadata: [
                "check.name": "\(entry.spec.name)", "process.name": "\(entry.process.name)",
                "check.type": "\(entry.spec.kind.word)", "check.result": "\(result)",
                "check.failures": "\(entry.state.failures)",
            ])
    }

    private func tell(_ entry: Entry) {
        var metadata: Logger.Metadata = [
            "check.name": "\(entry.spec.name)", "process.name": "\(entry.process.name)",
            "reason": "\(entry.state.message.escapedForDisplay(limit: 500))",
        ]
        switch entry.state.standing {
        case .failed:
            metadata["event"] = "check.failed"
            logger.warning("a check has failed", metadata: metadata)
        case .passed:
            metadata["event"] = "check.passed"
            // At the start all of them pass for the first time: no news.
            logger.log(level: entry.written == nil ? .debug : .info, "a check passes", metadata: metadata)
        case .unknown:
            metadata["event"] = "check.unknown"
            logger.warning("a check can't be made, and tells nothing", metadata: metadata)
        case nil: break
        }
    }

    // MARK: - Writing

    /// How many changes are written together.
    private static var batch: Int { 64 }

    /// Writes what is to be written, until the task is cancelled; what fails is tried again.
    private func write() async {
        while !Task.isCancelled {
            guard !unwritten.isEmpty else {
                await change.wait()
                continue
            }
            let ids = Array(unwritten.sorted().prefix(Self.batch))
            unwritten.subtract(ids)
            do {
                try await write(ids)
                backoff.succeeded()
                isStoreAway = false
            } catch {
                unwritten.formUnion(ids.filter { entries[$0] != nil })
                if !isStoreAway {
                    logger.warning(
                        "cannot record how checks stand, and keeps trying",
                        metadata: ["event": "check.unwritten", "error.reason": "\(error)"])
                }
                isStoreAway = true
                try? await clock.sleep(for: backoff.next(random: .random(in: 0...1)))
            }
        }
    }

    private func write(_ ids: [Int]) async throws(StoreError) {
        if restored == nil { try await restore() }
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
                note: "\(entry.source) passes again (\(wallClock()))")
        }
        return change.before != standing || change.raises != nil ? change : nil
    }

    private func isHeld(_ row: ProcessStatus) -> Bool { row.hold?.holds(at: wallClock()) ?? false }

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
        restored = known
        for (id, entry) in entries {
            guard let record = known[entry.spec.name.rawValue] else { continue }
            entries[id]?.state.restore(record)
            entries[id]?.written = record.standing
        }
    }

    private func tellStranger(_ entry: Entry) {
        guard strangers.insert(entry.process.name).inserted else { return }
        logger.warning(
            "a check is about a process that has no row: 'monitorctl process add' makes one",
            metadata: [
                "event": "check.no_process", "check.name": "\(entry.spec.name)",
                "process.name": "\(entry.process.name)",
            ])
    }

    private func tell(_ effect: CheckEffect, of entry: Entry) {
        let metadata: Logger.Metadata = [
            "process.name": "\(entry.process.name)", "alarm.source": "\(entry.source)",
            "reason": "\(entry.state.message.escapedForDisplay(limit: 500))",
        ]
        switch effect {
        case .raised:
            logger.warning("raised an alarm", metadata: metadata.merging(["event": "alarm.raised"]) { $1 })
        case .resolved:
            logger.info("cleared its own alarm", metadata: metadata.merging(["event": "alarm.resolved"]) { $1 })
        case .none: break
        }
    }
}

// MARK: - Recoveries

extension CheckRunner {
    /// What the engine tells of recoveries.
    package nonisolated var observer: RecoveryObserver {
        RecoveryObserver(
            began: { [weak self] in await self?.recoveryBegan(of: $0) },
            ended: { [weak self] in await self?.recoveryEnded(of: $0, as: $1, started: $2) })
    }

    /// While a process is being recovered, its checks tell nothing of their own: it is down by intention.
    private func recoveryBegan(of process: MonitoredProcess) { recovering.insert(process.name) }

    private func recoveryEnded(
        of process: MonitoredProcess, as outcome: RecoveryOutcome, started: Started?
    ) {
        recovering.remove(process.name)
        guard outcome == .recovered else { return }
        for (id, entry) in entries where entry.process.name == process.name {
            if entry.spec.raises, entry.spec.kind.tellsAtOnce {
                guard let isNews = entries[id]?.state.record(.passed("the process was recovered"), at: now()) else {
                    continue
                }
                note(id, isNews: isNews)
            } else {
                entries[id]?.state.processStarted(at: now())
            }
            schedule.hurry(id, now: clock.now)
        }
        if let started, settings.relapseWindow > .zero, started.identity != nil {
            cares.append(
                Aftercare(
                    process: process, started: started, end: clock.now.advanced(by: settings.relapseWindow)))
        }
        wake.signal()
    }

    /// Asks all checks of a process that can tell at once, beside one another.
    ///
    /// - Returns: nil when none of them fails, else why, a phrase.
    package func ask(_ process: MonitoredProcess, limit: Duration) async -> String? {
        let asked = entries.values.filter {
            $0.process.name == process.name && $0.spec.raises && $0.spec.kind.tellsAtOnce
        }
        guard !asked.isEmpty else { return nil }
        return await withTaskGroup(of: String?.self) { group in
            for entry in asked {
                let (check, source, own) = (entry.check, entry.source, min(limit, entry.spec.timeout))
                group.addTask {
                    guard case .failed(let reason) = await check.run(limit: own) else { return nil }
                    return "\(source): \(reason)"
                }
            }
            for await failure in group {
                guard let failure else { continue }
                group.cancelAll()
                return failure
            }
            return nil
        }
    }

    /// Watches over a process that was just recovered, and raises the alarm again at once where it is lost.
    private func watch(over care: Aftercare<C>) async {
        guard let reason = await care.loss(by: parts, clock: clock), !recovering.contains(care.process.name) else {
            return
        }
        logger.warning(
            "a process did not stay after its recovery",
            metadata: ["event": "aftercare.lost", "process.name": "\(care.process.name)", "reason": "\(reason)"])
        guard settings.mode == .act else { return }
        let cause = AlarmCause(source: "aftercare", reason: reason, note: "lost after its recovery: \(reason)")
        while !Task.isCancelled, clock.now < care.end {
            do {
                let rows = try await store.processes(named: [care.process.name.rawValue])
                let ids = rows.prefix(1).filter { !$0.alarm && !isHeld($0) }.map(\.processID)
                if !ids.isEmpty, try await !store.raise(ids, cause).isEmpty {
                    logger.warning(
                        "raised an alarm",
                        metadata: [
                            "event": "alarm.raised", "process.name": "\(care.process.name)",
                            "alarm.source": "aftercare", "reason": "\(reason)",
                        ])
                    pollNow()
                }
                return
            } catch {
                // The store's failures are told by the engine; what is lost may be found again.
                try? await clock.sleep(for: .seconds(1))
            }
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

extension CheckRunner.Entry {
    /// Under which name its alarms are raised.
    var source: String { "check \(spec.name)" }
}

/// The health check of a process that has checks: they have to pass too.
package struct CheckedHealth<C: Clock<Duration>>: HealthCheck {
    private let base: any HealthCheck
    private let runner: CheckRunner<C>

    package init(_ base: any HealthCheck, and runner: CheckRunner<C>) {
        self.base = base
        self.runner = runner
    }

    package func check(_ process: MonitoredProcess, limit: Duration) async -> HealthResult {
        let result = await base.check(process, limit: limit)
        guard result == .healthy, let failure = await runner.ask(process, limit: limit) else { return result }
        return .unhealthy(failure)
    }
}
