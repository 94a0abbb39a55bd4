import MonitorStoreConformance
import TestSupport

@testable import MonitorCore

/// Scheduler, recoveries and breakers at work for processes, an application, an operator and a database that do what
/// chance says.
///
/// What breaks a rule is thrown.
struct RandomWorld {
    struct Broken: Error { var rule: String }

    struct Row {
        var name: String
        var alarm = false
        var revision: Int64 = 0
        var raisedAt = Timestamp(milliseconds: 0)
        var hold: Hold?
        var model = BreakerModel()
    }

    struct Running {
        var job: Job
        var recovery: RandomRecovery
        var startedAt: Timestamp
    }

    static let limit = 2
    static let names = ["a", "b", "a", "no; name"]
    static let rules = Scheduler.Rules(settings: configuration, instance: "")
    static let policy = BreakerPolicy(engine: configuration, process: configuration.processDefaults)

    private static let configuration: EngineSettings = {
        var configuration = EngineSettings()
        configuration.maxRestartFailures = 2
        configuration.circuitResetTime = .seconds(100)
        configuration.relapseWindow = .seconds(30)
        configuration.retryDelay = .seconds(20)
        configuration.processDefaults.maxAttempts = 2
        configuration.processDefaults.preRestartCommand = CommandTemplate(unchecked: "true")
        return configuration
    }()

    var random: SeededGenerator
    var now = Timestamp(milliseconds: 1_700_000_000_000)
    var rows: [Row] = names.map { Row(name: $0) }
    var table = BreakerTable()
    var scheduler = Scheduler()
    var daemon = 1
    var running: [Running] = []
    /// Outcomes that wait for the database, and when they were reached.
    var unwritten: [(report: Completion, endedAt: Timestamp)] = []
    var isAway = false
    /// From then on everything goes well.
    var isHealed = false

    var instance: String { "daemon-\(daemon)" }

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func happen() throws {
        switch Int.random(in: 0..<16, using: &random) {
        case 0, 1, 2: raise(Int.random(in: 0..<rows.count, using: &random))
        case 3: rows[Int.random(in: 0..<rows.count, using: &random)].alarm = false
        case 4: hold(Int.random(in: 0..<rows.count, using: &random))
        case 5: reset(Int.random(in: 0..<rows.count, using: &random))
        case 6: crash()
        case 7: isAway.toggle()
        case 8: now = now + .seconds(Int.random(in: 0...150, using: &random))
        case 9: jump(days: Bool.random(using: &random) ? 5 : -5)
        case 10, 11, 12: try look()
        default: try step()
        }
    }

    // MARK: - The outside

    private mutating func raise(_ index: Int) {
        rows[index].revision += 1
        if !rows[index].alarm { rows[index].raisedAt = now }
        rows[index].alarm = true
    }

    private mutating func hold(_ index: Int) {
        let isHeld = rows[index].hold != nil
        rows[index].hold = isHeld ? nil : Hold(since: now, until: now + .seconds(20))
    }

    private mutating func reset(_ index: Int) {
        table.reset(Int64(index))
        rows[index].model = BreakerModel()
    }

    /// The machine's clock is set. What becomes of holds then is another test's.
    private mutating func jump(days: Int) {
        now = now + .seconds(days * 86400)
        for index in rows.indices { rows[index].hold = nil }
    }

    private mutating func crash() {
        daemon += 1
        scheduler = Scheduler()
        (running, unwritten) = ([], [])
    }

    // MARK: - The daemon

    mutating func look() throws {
        guard !isAway else { return }
        for (report, endedAt) in unwritten { try finish(report, endedAt: endedAt) }
        unwritten = []
        var rules = Self.rules
        rules.instance = instance
        let plan = scheduler.take(alarms(), rules: rules, at: now, jitter: { 0 })
        try compareWaiting()
        for report in plan.completions { try finish(report) }
        while let job = scheduler.next(limit: Self.limit) { try begin(job) }
        if Set(running.map(\.job.name)).count != running.count { throw Broken(rule: "two recoveries of one process") }
        if running.count > Self.limit { throw Broken(rule: "more recoveries than may run") }
    }

    private func alarms() -> [Alarm] {
        rows.indices.filter { rows[$0].alarm }.map { index in
            let (row, own) = (rows[index], table[Int64(index)])
            var alarm = Alarm(
                processID: Int64(index), name: row.name, revision: row.revision, raisedAt: row.raisedAt,
                breaker: own.breaker)
            (alarm.hold, alarm.claim) = (row.hold, own.claim)
            return alarm
        }
    }

    /// Whoever may be served waits to be, and nobody else.
    private mutating func compareWaiting() throws {
        let waiting = Set(scheduler.waiting.map { Int($0.id) })
        var taken = Set(running.map(\.job.name.rawValue))
        for index in rows.indices where rows[index].alarm {
            let row = rows[index]
            var isDue = row.name != "no; name" && taken.insert(row.name).inserted
            if isDue, row.hold?.holds(at: now) == true { isDue = false }
            if isDue {
                var model = row.model
                isDue = model.admits(at: now, raisedAt: row.raisedAt, policy: Self.policy)
                if !isDue { rows[index].model = model }
            }
            if isDue != waiting.contains(index) {
                throw Broken(rule: "row \(index) is \(isDue ? "" : "not ")due: \(row)")
            }
        }
    }

    private mutating func begin(_ job: Job) throws {
        let index = Int(job.id)
        guard table.claim(job.claimRequest(instance: instance, at: now), isAlive: { _ in false }) == .claimed else {
            throw Broken(rule: "nothing has changed since the look, and it does not begin")
        }
        _ = rows[index].model.admits(at: now, raisedAt: rows[index].raisedAt, policy: Self.policy)
        rows[index].model.begin(at: now, policy: Self.policy)
        let recovery = RandomRecovery(settings: job.process.settings)
        running.append(Running(job: job, recovery: recovery, startedAt: now))
    }

    /// One recovery gets on by one step.
    private mutating func step() throws {
        guard let index = running.indices.randomElement(using: &random) else { return }
        guard let result = try running[index].recovery.step(isHealed: isHealed, random: &random) else { return }
        let ended = running.remove(at: index)
        scheduler.ended(ended.job)
        let report = ended.job.completion(
            of: result, id: scheduler.nextCompletionID(instance: instance), instance: instance,
            startedAt: ended.startedAt,
            at: now, jitter: 0)
        if isAway { unwritten.append((report, now)) } else { try finish(report, endedAt: now) }
    }

    /// - Parameter endedAt: when the recovery ended that it tells of; nil where it tells of none.
    private mutating func finish(_ report: Completion, endedAt: Timestamp? = nil) throws {
        let index = Int(report.processID)
        // After a reset it does not count.
        if let endedAt, table[report.processID].breaker.generation == report.expectedGeneration {
            rows[index].model.end(report.outcome ?? .relapsed, at: endedAt, policy: Self.policy)
        }
        if report.clearsAlarm != (report.outcome == .recovered) { throw Broken(rule: "it clears what is not back") }
        if report.clearsAlarm, rows[index].revision == report.revision { rows[index].alarm = false }
        _ = table.complete(report)
        let counted = table[report.processID].breaker.failures
        if counted != rows[index].model.failures {
            throw Broken(rule: "row \(index) counts \(counted): \(rows[index])")
        }
    }

    // MARK: - The end

    /// Everything goes well from now on: no alarm may stand for ever.
    mutating func heal() throws {
        (isAway, isHealed) = (false, true)
        for _ in 0..<40 where rows.dropLast().contains(where: \.alarm) {
            try look()
            while !running.isEmpty { try step() }
            now = now + .seconds(50)
        }
        if rows.dropLast().contains(where: \.alarm) { throw Broken(rule: "an alarm stands for ever: \(rows)") }
    }
}
