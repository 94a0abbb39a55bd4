import Testing

@testable import MonitorCore
@testable import MonitorLinux

@Suite struct ResourceJudgeTests {
    private static let start = ContinuousClock.now

    /// What processes use so long after the start: their pids, start times and ticks.
    private func usage(
        _ seconds: Double, _ times: [(pid: Int32, start: UInt64, own: UInt64, ended: UInt64)], rss: Int64 = 0
    ) -> ResourceUsage {
        var usage = ResourceUsage(
            moment: Self.start + .seconds(seconds),
            times: Dictionary(
                uniqueKeysWithValues: times.map {
                    (
                        ProcessIdentity(pid: $0.pid, startTime: $0.start),
                        ResourceUsage.Time(own: $0.own, endedChildren: $0.ended)
                    )
                }))
        usage.rss = rss
        return usage
    }

    private func target(_ change: (inout ResourceTarget) -> Void) -> ResourceTarget {
        var target = ResourceTarget()
        change(&target)
        return target
    }

    @Test func `a limit counts when it is exceeded for so long, and anew when it was kept between`() {
        var judge = ResourceJudge(target { ($0.rss, $0.duration) = (1 << 20, .seconds(20)) })
        func judged(_ seconds: Double, _ rss: Int64) -> CheckResult {
            judge.judge(usage(seconds, [(1, 1, 0, 0)], rss: rss))
        }
        #expect(judged(0, 1 << 20) == .passed("rss 1 MiB"))
        #expect(judged(10, 2 << 20) == .passed("rss 2 MiB, more than 1 MiB, for 0 ms of 20 s"))
        #expect(judged(20, 2 << 20).hasPassed)
        #expect(judged(25, 1 << 20).hasPassed)
        #expect(judged(30, 2 << 20).hasPassed)
        #expect(judged(50, 2 << 20) == .failed("rss 2 MiB, more than 1 MiB, for 20 s"))
    }

    @Test func `without a duration it counts at once`() {
        var judge = ResourceJudge(target { $0.processes = 1 })
        #expect(judge.judge(usage(0, [(1, 1, 0, 0)])) == .passed("processes 1"))
        #expect(judge.judge(usage(1, [(1, 1, 0, 0), (2, 2, 0, 0)])) == .failed("processes 2, more than 1"))
    }

    @Test func `the share of the processor is of the time since the last run`() {
        var judge = ResourceJudge(target { $0.cpu = 0.5 }, ticksPerSecond: 100)
        #expect(judge.judge(usage(0, [(1, 1, 1_000_000, 0)])).isUnknown)
        #expect(judge.judge(usage(10, [(1, 1, 1_000_400, 0)])) == .passed("cpu 40 %"))
        // Too short a time to tell.
        #expect(judge.judge(usage(10.1, [(1, 1, 1_000_410, 0)])) == .passed("cpu 40 %"))
        #expect(judge.judge(usage(20, [(1, 1, 1_002_400, 0)])) == .failed("cpu 200 %, more than 50 %"))
    }

    @Test func `children that come and go are counted once`() {
        var judge = ResourceJudge(target { $0.cpu = 100 }, ticksPerSecond: 100)
        _ = judge.judge(usage(0, [(1, 1, 0, 0)]))
        // A new child has had 3 s, of which all are new.
        #expect(judge.judge(usage(10, [(1, 1, 0, 0), (2, 50, 300, 0)])) == .passed("cpu 30 %"))
        // It ends after 2 s more: its parent has now had children for 5 s.
        #expect(judge.judge(usage(20, [(1, 1, 0, 500)])) == .passed("cpu 20 %"))
        // One that came and went between, and was never seen.
        #expect(judge.judge(usage(30, [(1, 1, 0, 600)])) == .passed("cpu 10 %"))
        // One of which the parent wants to know nothing: nothing is made of it, and nothing less than nothing.
        _ = judge.judge(usage(40, [(1, 1, 0, 600), (3, 90, 100, 0)]))
        #expect(judge.judge(usage(50, [(1, 1, 0, 600)])) == .passed("cpu 0 %"))
        // An older process that is counted for the first time.
        #expect(judge.judge(usage(60, [(1, 1, 0, 600), (4, 0, 90_000, 0)])) == .passed("cpu 0 %"))
    }

    @Test func `another process under the name begins anew`() {
        var judge = ResourceJudge(target { $0.cpu = 0.5 }, ticksPerSecond: 100)
        _ = judge.judge(usage(0, [(1, 1, 0, 0)]))
        #expect(judge.judge(usage(10, [(2, 900, 90_000, 0)])).isUnknown)
        #expect(judge.judge(usage(20, [(2, 900, 90_100, 0)])) == .passed("cpu 10 %"))
    }

    @Test func `what can't be read is unknown, unless another limit is exceeded`() {
        var judge = ResourceJudge(target { ($0.pss, $0.processes) = (1, 1) })
        var one = usage(0, [(1, 1, 0, 0)])
        one.denial = "permission denied: pss of pid 1"
        #expect(judge.judge(one) == .unknown("permission denied: pss of pid 1"))
        var two = usage(1, [(1, 1, 0, 0), (2, 2, 0, 0)])
        two.denial = one.denial
        #expect(judge.judge(two) == .failed("processes 2, more than 1"))
    }
}
