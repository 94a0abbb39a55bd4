/// Decides what happens to the alarms of a poll: a pure value, without clock, store or process.
///
/// It keeps only what a crash may take: which recoveries this daemon is running, which wait for a slot, and what was
/// already told of each alarm.
struct Scheduler: Sendable {
    /// The rules that decide.
    struct Rules: Sendable {
        var settings: EngineSettings
        /// Who this daemon is, to know its own recoveries from those of one that died.
        var instance: String
        /// What the machine's clock says, which operators go by; nil where it is the clock of the decisions.
        var wallClock: Timestamp?
    }

    /// What to do after a poll.
    struct Plan: Sendable, Equatable {
        /// What is not restarted, and why.
        var denials: [Denied] = []
        /// The processes that are in alarm again so soon after a recovery that it counts as a failure.
        var relapses: [Relapse] = []
        /// To be written at once.
        var completions: [Completion] = []
        /// When a rule lets an alarm through, if nothing else happens before.
        var nextPoll: Timestamp?
        /// Alarms whose breaker is open.
        var breakersOpen = 0
    }

    /// A process that is not restarted now.
    struct Denied: Sendable, Equatable {
        /// As it may be printed.
        var name: String
        var denial: Denial
        var breaker: CircuitBreaker
        var hold: Hold?
        /// It was not told of this alarm before.
        var isNew: Bool
    }

    struct Relapse: Sendable, Equatable {
        var name: ProcessName
        var failures: Int
    }

    /// The recoveries that this daemon is running.
    private(set) var running: [Int64: ProcessName] = [:]
    /// Those of them that only wait for the service manager, for longer than a command may take: they hold no slot.
    private(set) var stuck: Set<Int64> = []
    private(set) var waiting: [Job] = []
    /// The alarms of the last poll, without those that were cleared since.
    private(set) var alarms = 0
    /// The alarms that this daemon has cleared since the first of them was raised.
    private(set) var recovered = 0
    /// The last poll found no alarm.
    private var isCalm = true
    /// What is known of each alarm beside its row.
    private var known: [Int64: Known] = [:]
    private var holdClock = HoldClock()
    private var completionNumber = 0

    private struct Known {
        /// Since when it is seen, as far as its store does not tell when it was raised.
        var firstSeen: Timestamp?
        /// What was told last.
        var told: String?
        /// The daemon that serves it instead of this one, as far as that was told.
        var elsewhere: String?
        /// The restart was refused; while nothing changes, it is asked for again only now and then, and not told again.
        var refusal: Refusal?
        /// Its last recovery ended with a process that ran and was not healthy: it may have come back by itself since.
        var wasUnhealthy = false
        /// A lock, or the like, keeps its claim from being written.
        var notBefore: Timestamp?
    }

    private struct Refusal: Equatable {
        var reason: String
        var revision: Int64?
        var generation: Int64
        var until: Timestamp

        /// The alarm and its breaker are as they were then.
        func isAbout(_ alarm: Alarm) -> Bool { revision == alarm.revision && generation == alarm.breaker.generation }
    }
}

// MARK: - A poll

extension Scheduler {
    /// Takes the alarms of a poll: the queue is made anew from them.
    ///
    /// - Parameters:
    ///   - blocked: the processes that were being recovered when the poll was asked for, and those whose outcome is still
    ///     to be written: the alarm that was read may be the one that was cleared.
    ///   - jitter: draws a random number from 0 to 1.
    mutating func take(
        _ polled: [Alarm], rules: Rules, blocked: Set<Int64> = [], at now: Timestamp, jitter: () -> Double
    ) -> Plan {
        var plan = Plan()
        alarms = polled.count
        if isCalm, !polled.isEmpty { recovered = 0 }
        isCalm = polled.isEmpty
        waiting = []
        forgetAllBut(polled, now: now)
        var names = Set(running.values)
        var ids: Set<Int64> = []
        let blocked = blocked.union(running.keys)
        for alarm in polled {
            evaluate(
                alarm, rules: rules, isBlocked: blocked.contains(alarm.processID), at: now, jitter: jitter(),
                names: &names, ids: &ids, into: &plan)
        }
        // Those that failed before go last, so that they can't keep others from their first try.
        waiting.sort {
            ($0.alarm.breaker.failures, $0.raisedAt, $0.id) < ($1.alarm.breaker.failures, $1.raisedAt, $1.id)
        }
        return plan
    }

    private mutating func forgetAllBut(_ polled: [Alarm], now: Timestamp) {
        let ids = Set(polled.map(\.processID))
        if !known.isEmpty { known = known.filter { ids.contains($0.key) } }
        holdClock.forget(allBut: ids)
        for id in ids where known[id]?.firstSeen == nil { known[id, default: Known()].firstSeen = now }
    }

    private func raisedAt(_ alarm: Alarm, _ now: Timestamp) -> Timestamp {
        alarm.raisedAt ?? known[alarm.processID]?.firstSeen ?? now
    }

    /// Asks the rules, in this order: name, allow and deny, what is under way, hold, refusal, breaker.
    private mutating func evaluate(
        _ alarm: Alarm, rules: Rules, isBlocked: Bool, at now: Timestamp, jitter: Double,
        names: inout Set<ProcessName>, ids: inout Set<Int64>, into plan: inout Plan
    ) {
        let name: ProcessName
        switch Self.accept(alarm.name, by: rules.settings) {
        case .success(let accepted): name = accepted
        case .failure(let refusal): return refuse(alarm, refusal, at: now, rules: rules, into: &plan)
        }
        func deny(_ code: Denial.Code, _ reason: String, until: Timestamp? = nil) -> Denied {
            Denied(
                name: name.rawValue, denial: Denial(code, reason, until: until), breaker: alarm.breaker,
                hold: alarm.hold, isNew: false)
        }
        if isBlocked { return plan.denials.append(deny(.inProgress, "it is being recovered")) }
        // One recovery a name and one a process id, also in tables where two rows have it.
        guard !ids.contains(alarm.processID), names.insert(name).inserted else {
            return plan.denials.append(deny(.duplicate, "another row in alarm has this name or process_id"))
        }
        ids.insert(alarm.processID)
        if let hold = alarm.hold {
            let left = holdClock.left(of: hold, alarm.processID, at: now, wallClock: rules.wallClock ?? now)
            if left.map({ $0 > .zero }) ?? true {
                let until = left.map { now + $0 }
                return tell(deny(.hold, hold.detail, until: until), of: alarm, "held \(hold.since.milliseconds)", &plan)
            }
        }
        if let refusal = known[alarm.processID]?.refusal, now < refusal.until, refusal.isAbout(alarm) {
            plan.poll(at: refusal.until)
            return plan.denials.append(deny(.refused, refusal.reason, until: refusal.until))
        }
        if let moment = known[alarm.processID]?.notBefore, now < moment {
            plan.poll(at: moment)
            return plan.denials.append(deny(.inProgress, "its row is locked", until: moment))
        }
        askBreaker(alarm, name: name, rules: rules, at: now, jitter: jitter, into: &plan)
    }

    private mutating func askBreaker(
        _ alarm: Alarm, name: ProcessName, rules: Rules, at now: Timestamp, jitter: Double, into plan: inout Plan
    ) {
        let process = MonitoredProcess(name: name, settings: rules.settings.recoverySettings(for: name))
        let policy = BreakerPolicy(engine: rules.settings, process: process.settings)
        var breaker = alarm.breaker
        let result = breaker.admit(
            at: now, raisedAt: raisedAt(alarm, now),
            trialAbandoned: alarm.claim.map { $0.instance != rules.instance } ?? true, policy: policy, jitter: jitter)
        let observes = rules.settings.mode == .observe
        if result.relapsed, !observes { plan.relapses.append(Relapse(name: name, failures: breaker.failures)) }
        func denied(_ code: Denial.Code, _ reason: String, until: Timestamp?) -> Denied {
            Denied(
                name: name.rawValue, denial: Denial(code, reason, until: until), breaker: breaker, hold: nil,
                isNew: false)
        }
        switch result.admission {
        case .admitted where observes:
            let reason = "mode = observe: it would be restarted now"
            observe(alarm, denied(.observe, reason, until: nil), at: now, rules: rules, into: &plan)
        case .admitted(let isTrial):
            known[alarm.processID]?.told = nil
            waiting.append(
                Job(
                    alarm: alarm, process: process, policy: policy, breaker: breaker, isTrial: isTrial,
                    isRelapse: result.relapsed,
                    inspects: isTrial && known[alarm.processID]?.wasUnhealthy == true,
                    isRepeat: known[alarm.processID]?.refusal?.isAbout(alarm) == true, raisedAt: raisedAt(alarm, now)))
        case .postponed(let until):
            plan.poll(at: until)
            tell(
                denied(.retry, "the last recovery failed", until: until), of: alarm, "retry \(until.milliseconds)",
                &plan)
        case .refused(let until):
            plan.breakersOpen += 1
            plan.poll(at: until)
            let reason = breaker.isOpen ? "its breaker is open" : "another recovery of it is on trial"
            tell(denied(.breaker, reason, until: until), of: alarm, Self.openWords(breaker), &plan)
            if breaker != alarm.breaker, !observes {
                plan.completions.append(
                    breakerChange(
                        alarm, name: name, breaker: breaker, relapsed: result.relapsed, policy: policy, at: now,
                        rules: rules))
            }
        }
    }

    /// Tells, once for each alarm, what would be done; an event, and nothing else, is written of it.
    private mutating func observe(
        _ alarm: Alarm, _ denied: Denied, at now: Timestamp, rules: Rules, into plan: inout Plan
    ) {
        let isNew = known[alarm.processID]?.told != denied.denial.reason
        tell(denied, of: alarm, denied.denial.reason, &plan)
        guard isNew else { return }
        var completion = Completion(
            id: nextCompletionID(instance: rules.instance), instance: rules.instance, processID: alarm.processID,
            processName: denied.name, outcome: .refused, startedAt: now)
        (completion.code, completion.detail) = (.observed, denied.denial.reason)
        completion.alarmNote = alarm.notes
        plan.completions.append(completion)
    }

    /// Adds a denial to the plan, as news if other words were told of the alarm last.
    private mutating func tell(_ denied: Denied, of alarm: Alarm, _ words: String, _ plan: inout Plan) {
        var denied = denied
        denied.isNew = known[alarm.processID]?.told != words
        known[alarm.processID]?.told = words
        if let until = denied.denial.until { plan.poll(at: until) }
        plan.denials.append(denied)
    }

    private static func openWords(_ breaker: CircuitBreaker) -> String { "open \(breaker.generation)" }
}

// MARK: - Recoveries

extension Scheduler {
    /// The next recovery to start, or nil when none waits or no more may run at once.
    mutating func next(limit: Int) -> Job? {
        guard running.count - stuck.count < limit, !waiting.isEmpty else { return nil }
        let job = waiting.removeFirst()
        running[job.id] = job.name
        return job
    }

    /// A recovery only waits for the service manager: its slot is free for another.
    ///
    /// - Returns: whether that is news.
    mutating func isStuck(_ job: Job) -> Bool { running[job.id] != nil && stuck.insert(job.id).inserted }

    /// A recovery has ended, whatever came of it.
    mutating func ended(_ job: Job) {
        running[job.id] = nil
        stuck.remove(job.id)
        known[job.id]?.firstSeen = nil
    }

    /// Takes note of how a recovery has ended, before its outcome is written.
    ///
    /// - Returns: whether it tells nothing new: the restart was refused before, for the same reason.
    mutating func learned(
        _ result: RecoveryResult, of job: Job, breaker: CircuitBreaker, rules: EngineSettings, at now: Timestamp
    ) -> Bool {
        known[job.id]?.wasUnhealthy = result.outcome == .failed && result.isUnhealthy
        // The daemon tells it when it opens; the next poll need not.
        if breaker.isOpen { known[job.id]?.told = Self.openWords(breaker) }
        guard result.outcome == .refused else {
            known[job.id]?.refusal = nil
            return false
        }
        let before = known[job.id]?.refusal
        known[job.id]?.refusal = Refusal(
            reason: result.cause, revision: job.alarm.revision, generation: breaker.generation,
            until: now + max(rules.checkInterval, rules.retryDelay ?? .zero))
        return job.isRepeat && before?.reason == result.cause
    }

    /// The check has found a process unhealthy after its recovery had failed.
    mutating func foundUnhealthy(_ job: Job) { known[job.id]?.wasUnhealthy = true }

    /// The claim of a process could not be written, for a reason that concerns it alone.
    ///
    /// - Returns: whether that is news of this alarm.
    mutating func postpone(_ job: Job, until moment: Timestamp) -> Bool {
        defer { known[job.id]?.notBefore = moment }
        return known[job.id]?.notBefore == nil
    }

    /// Forgets which restarts were refused: the rules have changed.
    mutating func forgetRefusals() {
        for id in known.keys { known[id]?.refusal = nil }
    }

    /// A completion is written.
    mutating func settled(_ alarm: CompletionResult.AlarmResult, of completion: Completion) {
        switch alarm {
        case .cleared: recovered += 1
        case .alreadyClear where completion.clearsAlarm: break
        case .alreadyClear, .raisedAgain, .untouched: return
        }
        alarms = max(0, alarms - 1)
    }

    /// Takes note that another daemon serves an alarm.
    ///
    /// - Returns: whether that was not known yet.
    mutating func isNews(_ job: Job, isServedBy instance: String) -> Bool {
        defer { known[job.id]?.elsewhere = instance }
        return known[job.id]?.elsewhere != instance
    }

    /// Unique for each completion of this daemon.
    mutating func nextCompletionID(instance: String) -> String {
        completionNumber += 1
        return "\(instance)-\(completionNumber)"
    }
}

// MARK: - Names and breakers

extension Scheduler {
    private mutating func refuse(
        _ alarm: Alarm, _ refusal: NameRefusal, at now: Timestamp, rules: Rules, into plan: inout Plan
    ) {
        let note = RecoveryNote.refusal(refusal.denial.reason)
        let isNew = known[alarm.processID]?.told != note
        tell(
            Denied(
                name: refusal.printableName, denial: refusal.denial, breaker: alarm.breaker, hold: nil, isNew: false),
            of: alarm, note, &plan)
        // What only this host leaves alone gets no note: another host may be the one that serves it. The note that
        // stands already need not be written again, not by the next daemon either.
        guard refusal.denial.code == .name, isNew, alarm.notes != note else { return }
        var completion = Completion(
            id: nextCompletionID(instance: rules.instance), instance: rules.instance, processID: alarm.processID,
            processName: refusal.printableName, outcome: .refused, startedAt: now)
        (completion.detail, completion.alarmNote) = (refusal.denial.reason, alarm.notes)
        (completion.revision, completion.notesBefore) = (alarm.revision, alarm.notes)
        if rules.settings.mode == .act { completion.note = note }
        plan.completions.append(completion)
    }

    /// Records a breaker that an alarm, not a recovery, has changed: a relapse, a trial past its deadline.
    private mutating func breakerChange(
        _ alarm: Alarm, name: ProcessName, breaker: CircuitBreaker, relapsed: Bool, policy: BreakerPolicy,
        at now: Timestamp, rules: Rules
    ) -> Completion {
        let isChanged = breaker.generation != alarm.breaker.generation
        let (reason, change): (String, BreakerChange?) =
            if relapsed {
                (
                    "in alarm again within \(policy.relapseWindow.written) of a recovery",
                    isChanged ? BreakerChange(.breakerOpened, .relapse) : nil
                )
            } else if isChanged {
                ("the trial recovery did not end in time", BreakerChange(.breakerOpened, .trialExpired))
            } else {
                (
                    "the breaker's deadline was further away than any is set, and is shortened: the clock was set back",
                    BreakerChange(breaker.isHalfOpen ? .breakerHalfOpen : .breakerOpened, .clock)
                )
            }
        let result = RecoveryResult(outcome: .relapsed, attempts: 0, duration: .zero, log: [reason])
        var completion = Completion(
            id: nextCompletionID(instance: rules.instance), instance: rules.instance, processID: alarm.processID,
            processName: name.rawValue, outcome: relapsed ? .relapsed : nil, startedAt: now)
        completion.breakerChange = change
        (completion.detail, completion.alarmNote) = (reason, alarm.notes)
        (completion.revision, completion.notesBefore) = (alarm.revision, alarm.notes)
        // A deadline that is shortened is no failure.
        completion.note =
            if change?.cause == .clock, case .open(let until) = breaker.state {
                RecoveryNote.clockSetBack(until: until)
            } else {
                RecoveryNote.text(for: result, breaker: breaker, policy: policy, at: now)
            }
        completion.breaker = breaker
        completion.expectedGeneration = alarm.breaker.generation
        return completion
    }
}

extension Scheduler.Plan {
    fileprivate mutating func poll(at moment: Timestamp) {
        nextPoll = nextPoll.map { min($0, moment) } ?? moment
    }
}
