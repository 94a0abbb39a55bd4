/// Decides what happens to the alarms of a poll: a pure value, without clock, store or process.
///
/// It keeps only what a crash may take: which recoveries this daemon is running, which wait for their turn, and what
/// was already said about each alarm.
struct Scheduler: Sendable {
    /// The rules of the configuration that decide.
    struct Rules: Sendable {
        var settings: EngineSettings
        /// Who this daemon is, to know its own recoveries from those of one that died.
        var instance: String
        /// What the machine's clock says, which operators go by; nil where it is the clock of the decisions.
        var wallClock: Timestamp?
    }

    /// What to do after a poll.
    struct Plan: Sendable, Equatable {
        /// Worth a log line: each once, when it becomes so.
        var announcements: [Announcement] = []
        /// To be written at once.
        var reports: [Completion] = []
        /// When a breaker or a hold lets an alarm through, if nothing else happens before.
        var nextLook: Timestamp?
        /// Alarms whose breaker is open.
        var breakersOpen = 0
    }

    /// Something that an operator wants to read once.
    enum Announcement: Sendable, Equatable {
        case refused(name: String, reason: String)
        case breakerOpen(name: ProcessName, until: Timestamp, failures: Int)
        case held(name: ProcessName, hold: Hold)
        case relapsed(name: ProcessName, failures: Int)
    }

    private(set) var running: Set<ProcessName> = []
    private(set) var waiting: [Job] = []
    /// The alarms of the last poll, without those that were cleared since.
    private(set) var alarms = 0
    /// The alarms that this daemon has cleared since the first of them was raised.
    private(set) var recovered = 0
    /// The last poll found no alarm.
    private var isCalm = true
    private var firstSeen: [Int64: Timestamp] = [:]
    private var said: [Int64: String] = [:]
    /// The daemon that serves an alarm instead of this one, as far as that was said.
    private var elsewhere: [Int64: String] = [:]
    private var holdLengths = HoldLengths()
    private var reportNumber = 0
}

// MARK: - A poll

extension Scheduler {
    /// Takes the alarms of a poll: the queue is made anew from them.
    ///
    /// - Parameter runningBefore: what was being recovered when the poll was asked for: where it has ended since, the
    ///   alarm that was read may be the one that it cleared.
    mutating func take(
        _ polled: [Alarm], rules: Rules, runningBefore: Set<ProcessName> = [], at now: Timestamp,
        jitter: () -> Double
    ) -> Plan {
        var plan = Plan()
        alarms = polled.count
        if isCalm, !polled.isEmpty { recovered = 0 }
        isCalm = polled.isEmpty
        waiting = []
        forgetAllBut(Set(polled.map(\.processID)), now: now, seen: polled)
        var taken = running.union(runningBefore)
        for alarm in polled {
            judge(alarm, rules: rules, at: now, jitter: jitter(), taken: &taken, into: &plan)
        }
        // Those that failed before go last, so that they can't keep others from their first try.
        waiting.sort {
            ($0.alarm.breaker.failures, $0.raisedAt, $0.id) < ($1.alarm.breaker.failures, $1.raisedAt, $1.id)
        }
        return plan
    }

    private mutating func forgetAllBut(_ ids: Set<Int64>, now: Timestamp, seen polled: [Alarm]) {
        if !said.isEmpty { said = said.filter { ids.contains($0.key) } }
        if !elsewhere.isEmpty { elsewhere = elsewhere.filter { ids.contains($0.key) } }
        holdLengths.forget(allBut: ids)
        if !firstSeen.isEmpty { firstSeen = firstSeen.filter { ids.contains($0.key) } }
        for alarm in polled where firstSeen[alarm.processID] == nil { firstSeen[alarm.processID] = now }
    }

    private mutating func holds(
        _ hold: Hold, _ processID: Int64, at now: Timestamp, rules: Rules, into plan: inout Plan
    ) -> Bool {
        let left = holdLengths.left(of: hold, processID, at: now, wallClock: rules.wallClock ?? now)
        guard let left else { return true }
        guard left > .zero else { return false }
        plan.lookAgain(at: now + left)
        return true
    }

    private func raisedAt(_ alarm: Alarm, _ now: Timestamp) -> Timestamp {
        alarm.raisedAt ?? firstSeen[alarm.processID] ?? now
    }

    private mutating func judge(
        _ alarm: Alarm, rules: Rules, at now: Timestamp, jitter: Double, taken: inout Set<ProcessName>,
        into plan: inout Plan
    ) {
        let name: ProcessName
        switch Self.accept(alarm.name, by: rules.settings) {
        case .success(let accepted): name = accepted
        case .failure(let refusal): return refuse(alarm, refusal, at: now, instance: rules.instance, into: &plan)
        }
        // One recovery a process, also when two rows have its name.
        guard taken.insert(name).inserted else { return }
        if let hold = alarm.hold, holds(hold, alarm.processID, at: now, rules: rules, into: &plan) {
            announce(.held(name: name, hold: hold), for: alarm, saying: "held \(hold.since.milliseconds)", in: &plan)
            return
        }
        let settings = rules.settings.settings(for: name)
        let policy = BreakerPolicy(engine: rules.settings, process: settings)
        var breaker = alarm.breaker
        let result = breaker.admit(
            at: now, raisedAt: raisedAt(alarm, now),
            trialAbandoned: alarm.claim.map { $0.instance != rules.instance } ?? true, policy: policy,
            jitter: jitter)
        if result.relapsed {
            plan.announcements.append(.relapsed(name: name, failures: breaker.failures))
        }
        switch result.admission {
        case .admitted(let trial):
            said[alarm.processID] = nil
            waiting.append(
                Job(
                    alarm: alarm, process: MonitoredProcess(name: name, settings: settings), policy: policy,
                    breaker: breaker, isTrial: trial, raisedAt: raisedAt(alarm, now)))
        case .refused(let until):
            plan.breakersOpen += 1
            plan.lookAgain(at: until)
            announce(
                .breakerOpen(name: name, until: until, failures: breaker.failures), for: alarm,
                saying: "open \(breaker.generation)", in: &plan)
            if breaker != alarm.breaker {
                plan.reports.append(
                    breakerReport(alarm, name: name, breaker: breaker, relapsed: result.relapsed, at: now, rules: rules)
                )
            }
        }
    }
}

// MARK: - Recoveries

extension Scheduler {
    /// The next recovery to start, or nil when none waits or no more may run at once.
    mutating func next(limit: Int) -> Job? {
        guard running.count < limit, !waiting.isEmpty else { return nil }
        let job = waiting.removeFirst()
        running.insert(job.name)
        return job
    }

    /// A recovery has ended, whatever came of it.
    mutating func ended(_ job: Job) {
        running.remove(job.name)
        firstSeen[job.alarm.processID] = nil
    }

    /// A report is written.
    mutating func settled(_ alarm: CompletionResult.AlarmResult, of report: Completion) {
        switch alarm {
        case .cleared: recovered += 1
        case .alreadyClear where report.clearsAlarm: break
        case .alreadyClear, .raisedAgain, .untouched: return
        }
        alarms = max(0, alarms - 1)
    }

    /// Takes note that another daemon serves an alarm.
    ///
    /// - Returns: whether that was not known yet.
    mutating func isNews(_ job: Job, isServedBy instance: String) -> Bool {
        elsewhere.updateValue(instance, forKey: job.id) != instance
    }

    /// Unique for each report of this daemon.
    mutating func nextReportID(instance: String) -> String {
        reportNumber += 1
        return "\(instance)-\(reportNumber)"
    }
}

// MARK: - Refusals

extension Scheduler {
    struct Refusal: Error, Equatable {
        var printableName: String
        var reason: String
        /// The name itself is refused, everywhere. What only this host leaves alone gets no note: another host may be
        /// the one that serves it.
        var isOfName: Bool
    }

    /// Parses a name from the database, and asks `allow` and `deny`.
    static func accept(_ text: String?, by settings: EngineSettings) -> Result<ProcessName, Refusal> {
        guard let text else {
            return .failure(
                Refusal(printableName: "(none)", reason: "no row of PROCESE has this process_id", isOfName: true))
        }
        let name: ProcessName
        do { name = try ProcessName(text) } catch {
            return .failure(Refusal(printableName: error.printable, reason: "the name \(error.reason)", isOfName: true))
        }
        if let objection = settings.objection(to: name) {
            return .failure(Refusal(printableName: name.rawValue, reason: objection, isOfName: false))
        }
        return .success(name)
    }

    private mutating func refuse(
        _ alarm: Alarm, _ refusal: Refusal, at now: Timestamp, instance: String, into plan: inout Plan
    ) {
        let note = RecoveryNote.refusal(refusal.reason)
        let isNew = said[alarm.processID] != note
        announce(
            .refused(name: refusal.printableName, reason: refusal.reason), for: alarm, saying: note, in: &plan)
        // The note that stands already need not be written again, not by the next daemon either.
        guard refusal.isOfName, isNew, alarm.notes != note else { return }
        var completion = Completion(
            id: nextReportID(instance: instance), instance: instance, processID: alarm.processID,
            processName: refusal.printableName, outcome: .refused, startedAt: now)
        completion.detail = refusal.reason
        (completion.revision, completion.notesBefore, completion.note) = (alarm.revision, alarm.notes, note)
        plan.reports.append(completion)
    }

    /// Records a breaker that an alarm, not a recovery, has changed: a relapse, a trial past its deadline.
    private mutating func breakerReport(
        _ alarm: Alarm, name: ProcessName, breaker: CircuitBreaker, relapsed: Bool, at now: Timestamp, rules: Rules
    ) -> Completion {
        let reason =
            if relapsed {
                "in alarm again within \(rules.settings.relapseWindow.written) of a recovery"
            } else if breaker.generation != alarm.breaker.generation {
                "the trial recovery did not end in time"
            } else {
                "the breaker's deadline was further away than it can be set, and is shortened: the clock was set back"
            }
        let result = RecoveryResult(outcome: .relapsed, attempts: 0, duration: .zero, log: [reason])
        var completion = Completion(
            id: nextReportID(instance: rules.instance), instance: rules.instance, processID: alarm.processID,
            processName: name.rawValue, outcome: .relapsed, startedAt: now)
        completion.detail = reason
        (completion.revision, completion.notesBefore) = (alarm.revision, alarm.notes)
        completion.note = RecoveryNote.text(for: result, breaker: breaker, at: now)
        completion.breaker = breaker
        completion.expectedGeneration = alarm.breaker.generation
        return completion
    }

    private mutating func announce(
        _ announcement: Announcement, for alarm: Alarm, saying words: String, in plan: inout Plan
    ) {
        guard said[alarm.processID] != words else { return }
        said[alarm.processID] = words
        plan.announcements.append(announcement)
    }
}

extension Scheduler.Plan {
    fileprivate mutating func lookAgain(at moment: Timestamp) {
        nextLook = nextLook.map { min($0, moment) } ?? moment
    }
}
