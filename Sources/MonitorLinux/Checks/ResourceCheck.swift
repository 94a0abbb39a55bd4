internal import Glibc
internal import Logging
internal import MonitorCore
internal import MonitorIO
internal import Synchronization

/// Whether a process, with all that descends from it, keeps to its limits.
///
/// What doesn't run exceeds nothing: that it doesn't run is for other checks to say. PSS is read a moment after the
/// processes were listed: where one forks just then, the child's share is missing in that reading.
struct ResourceCheck: Check {
    private let call: LimitedCall<CheckResult>

    init(
        process: MonitoredProcess, target: ResourceTarget, finder: ProcessFinder, searches: RecentSearch, logger: Logger
    ) {
        let judge = Mutex(ResourceJudge(target))
        call = LimitedCall {
            let search = await searches.recent()
            guard case .found(let set) = await finder.find(process, in: search, logger: logger), !set.isEmpty else {
                return .unknown("no process of \(process.name) is found")
            }
            let owner = await BlockingWork.run { finder.knownOwner(of: process) }
            let roots = set.owned(by: owner)
            guard !roots.isEmpty else { return .unknown("what runs as \(process.name) belongs to another user") }
            let usage = await BlockingWork.run { ResourceUsage(of: roots, in: search, for: target) }
            return judge.withLock { $0.judge(usage) }
        }
    }

    func run(limit: Duration) async -> CheckResult { await call.result(atMost: limit, from: "/proc") }
}

/// What a process and those that descend from it use at one moment.
struct ResourceUsage: Sendable {
    /// What one of them has had of the processor.
    struct Time: Sendable, Equatable {
        var own: UInt64
        var endedChildren: UInt64
    }

    var moment: ContinuousClock.Instant
    var times: [ProcessIdentity: Time]
    var rss: Int64 = 0
    /// Nil where it isn't asked for, or can't be read.
    var pss: Int64?
    /// The most that one of them has; nil as for `pss`.
    var descriptors: Int?
    /// Why something can't be read.
    var denial: String?

    init(moment: ContinuousClock.Instant, times: [ProcessIdentity: Time]) {
        self.moment = moment
        self.times = times
    }

    /// Reads it; blocks.
    init(of set: ProcessSet, in search: ProcessSearch, for target: ResourceTarget) {
        let table = ProcessTable(search.entries.lazy.map(\.stat))
        var members = Dictionary(set.members.map { ($0.identity, $0.stat) }) { first, _ in first }
        for root in set.roots {
            for stat in table.descendants(of: root.identity.pid) { members[stat.identity] = stat }
        }
        self.init(
            moment: search.moment,
            times: members.mapValues {
                Time(own: $0.processorTime, endedChildren: $0.endedChildrensTime)
            })
        rss = members.values.reduce(0) { $0 + $1.residentPages } * Int64(sysconf(CInt(_SC_PAGESIZE)))
        if target.pss != nil {
            pss = read(members.keys, "pss") { file throws(SystemError) in try file.proportionalSetSize() }?.reduce(0, +)
        }
        if target.descriptors != nil {
            descriptors = read(members.keys, "descriptors") { file throws(SystemError) in try file.openDescriptors() }?
                .max()
        }
    }

    /// Reads something of each; one that has ended meanwhile uses nothing.
    private mutating func read<Value>(
        _ members: some Sequence<ProcessIdentity>, _ word: String, _ body: (ProcFile) throws(SystemError) -> Value
    ) -> [Value]? {
        var values: [Value] = []
        for member in members {
            do throws(SystemError) {
                values.append(try body(ProcFile(pid: member.pid)))
            } catch  where [ENOENT, ESRCH].contains(error.code) {
                continue
            } catch {
                denial = "\(error.reason): \(word) of pid \(member.pid)"
                return nil
            }
        }
        return values
    }
}

/// Compares what is used with the limits, and remembers since when each is exceeded.
struct ResourceJudge: Sendable {
    private let target: ResourceTarget
    private let ticksPerSecond: Double
    /// What the share of the processor is counted from.
    private var base: ResourceUsage?
    /// The share between the last two moments that lie far enough apart.
    private var share: Double?
    private var exceededSince: [String: ContinuousClock.Instant] = [:]

    /// The processor's time is told in ticks of 10 ms: the share over a shorter time would be a guess.
    static let shortestSpan = Duration.milliseconds(500)

    init(_ target: ResourceTarget, ticksPerSecond: Int = sysconf(CInt(_SC_CLK_TCK))) {
        self.target = target
        self.ticksPerSecond = Double(ticksPerSecond)
    }

    mutating func judge(_ usage: ResourceUsage) -> CheckResult {
        if let before = base, before.times.keys.allSatisfy({ usage.times[$0] == nil }) {
            // Another process under the name.
            (base, share, exceededSince) = (nil, nil, [:])
        }
        count(usage)
        var figures: [String] = []
        var exceeded: [(text: String, since: ContinuousClock.Instant)] = []
        var gap = usage.denial
        func spoken(_ count: Int) -> String { "\(count)" }

        func compare<Value: Comparable>(
            _ name: String, _ value: Value?, _ limit: Value?, _ text: (Value) -> String
        ) {
            guard let limit else { return }
            guard let value else {
                exceededSince[name] = nil
                return
            }
            figures.append("\(name) \(text(value))")
            guard value > limit else {
                exceededSince[name] = nil
                return
            }
            let since = exceededSince[name] ?? usage.moment
            exceededSince[name] = since
            exceeded.append(("\(name) \(text(value)), more than \(text(limit))", since))
        }
        compare("rss", usage.rss, target.rss, \.spokenBytes)
        compare("pss", usage.pss, target.pss, \.spokenBytes)
        compare("cpu", share, target.cpu, \.spokenShare)
        compare("descriptors", usage.descriptors, target.descriptors, spoken)
        compare("processes", usage.times.count, target.processes, spoken)
        if target.cpu != nil, share == nil { gap = gap ?? "the share of the processor is known from the next run on" }

        // That which has lasted longest says it.
        guard let worst = exceeded.min(by: { $0.since < $1.since }) else {
            return gap.map { .unknown($0) } ?? .passed(figures.joined(separator: ", "))
        }
        let lasted = worst.since.duration(to: usage.moment)
        if lasted >= target.duration {
            return .failed(target.duration > .zero ? "\(worst.text), for \(lasted.spoken)" : worst.text)
        }
        return gap.map { .unknown($0) } ?? .passed("\(worst.text), for \(lasted.spoken) of \(target.duration.spoken)")
    }

    /// Counts the processor's time since the last run.
    private mutating func count(_ usage: ResourceUsage) {
        guard let before = base else {
            base = usage
            return
        }
        let span = before.moment.duration(to: usage.moment)
        guard span >= Self.shortestSpan else { return }
        var own: UInt64 = 0
        var ended: UInt64 = 0
        for (identity, time) in usage.times {
            if let last = before.times[identity] {
                own += time.own &- min(last.own, time.own)
                ended += time.endedChildren &- min(last.endedChildren, time.endedChildren)
            } else if isNew(identity, since: before) {
                own += time.own
                ended += time.endedChildren
            }
        }
        // A child that has ended is now part of what its parent's children have had, with all that was counted before.
        for (identity, time) in before.times where usage.times[identity] == nil {
            ended -= min(ended, time.own + time.endedChildren)
        }
        share = Double(own + ended) / ticksPerSecond / (Double(span.wholeMilliseconds) / 1000)
        base = usage
    }

    /// Whether a process was started after the last run: one that is older was only not counted then.
    private func isNew(_ identity: ProcessIdentity, since before: ResourceUsage) -> Bool {
        identity.startTime >= before.times.keys.map(\.startTime).max() ?? 0
    }
}

extension Double {
    /// A share of the processor: `150 %` is one and a half cores.
    fileprivate var spokenShare: String { "\(Int((self * 100).rounded())) %" }
}
