import MonitorCore
import TestSupport
import Testing

@Suite struct CheckScheduleTests {
    private typealias Schedule = CheckSchedule<TestClock.Instant>

    private func at(_ seconds: Double) -> TestClock.Instant { TestClock().now.advanced(by: .seconds(seconds)) }

    private func schedule(commands limit: Int = 2, of checks: [(id: Int, isCommand: Bool)] = []) -> Schedule {
        var schedule = Schedule(commandLimit: limit, now: at(0))
        for check in checks {
            schedule.add(check.id, period: .seconds(10), isCommand: check.isCommand, now: at(0), random: 0)
        }
        return schedule
    }

    @Test("first runs are spread over the period", arguments: [0, 0.25, 0.5, 1])
    func firstRuns(random: Double) {
        var schedule = schedule()
        schedule.add(1, period: .seconds(10), isCommand: false, now: at(0), random: random)
        #expect(schedule.nextDue == at(10 * random))
        #expect(schedule.takeDue(now: at(10 * random - 0.01)).isEmpty)
        #expect(schedule.takeDue(now: at(10 * random)) == [1])
        #expect(schedule.nextDue == nil)
    }

    @Test("is due again at most a period after it began, and at most a tenth earlier", arguments: [0, 0.3, 0.5, 1])
    func nextRun(random: Double) throws {
        var schedule = schedule(of: [(1, false)])
        _ = schedule.takeDue(now: at(0))
        schedule.ended(1, now: at(2), random: random)
        let due = try #require(schedule.nextDue)
        #expect(due <= at(10.001 - random) && due >= at(9.899 - random))
    }

    @Test("a check that has ended is known to be due before a moment, or not") func dueBefore() {
        var schedule = schedule(of: [(1, false)])
        _ = schedule.takeDue(now: at(0))
        #expect(!schedule.isDue(1, before: nil), "it runs")
        schedule.ended(1, now: at(1), random: 0)
        #expect(schedule.isDue(1, before: nil) && schedule.isDue(1, before: at(10.1)))
        #expect(!schedule.isDue(1, before: at(9)) && !schedule.isDue(2, before: nil))
    }

    @Test("what takes longer than its period is due at once when it has ended, and delays no other") func slowOne() {
        var schedule = schedule(of: [(1, false), (2, false)])
        #expect(schedule.takeDue(now: at(0)) == [1, 2])
        schedule.ended(2, now: at(0.1), random: 0)
        #expect(schedule.takeDue(now: at(10)) == [2])
        schedule.ended(2, now: at(10.1), random: 0)
        #expect(schedule.takeDue(now: at(20)) == [2])
        schedule.ended(1, now: at(25), random: 0)
        #expect(schedule.nextDue == at(25))
        #expect(schedule.takeDue(now: at(25)) == [1])
    }

    @Test("no more commands at once than allowed; who has waited longest goes first, and others don't wait")
    func commandLimit() {
        var schedule = schedule(of: [(1, true), (2, true), (3, true), (4, false)])
        #expect(schedule.takeDue(now: at(0)) == [1, 2, 4])
        // Nothing but the end of one lets the third go.
        #expect(schedule.nextDue == nil)
        #expect(schedule.takeDue(now: at(5)).isEmpty)
        schedule.ended(2, now: at(9), random: 0)
        #expect(schedule.nextDue == at(0))
        // The second is due again, too; the third was due before.
        #expect(schedule.takeDue(now: at(11)) == [3])
        schedule.ended(1, now: at(12), random: 0)
        #expect(schedule.takeDue(now: at(12)) == [2])
    }

    @Test("a command that was removed while it runs still counts") func removedCommand() {
        var schedule = schedule(commands: 1, of: [(1, true), (2, true)])
        #expect(schedule.takeDue(now: at(0)) == [1])
        schedule.remove(1)
        #expect(schedule.takeDue(now: at(1)).isEmpty)
        schedule.ended(1, now: at(2), random: 0)
        #expect(schedule.takeDue(now: at(2)) == [2])
        #expect(schedule.nextDue == nil)
    }

    @Test("is run at once when it is called for; once more where it runs already") func hurried() {
        var schedule = schedule(of: [(1, false)])
        _ = schedule.takeDue(now: at(0))
        schedule.ended(1, now: at(1), random: 0)
        schedule.hurry(1, now: at(3))
        #expect(schedule.takeDue(now: at(3)) == [1])
        schedule.hurry(1, now: at(3.5))
        #expect(schedule.takeDue(now: at(3.5)).isEmpty)
        schedule.ended(1, now: at(4), random: 0)
        #expect(schedule.takeDue(now: at(4)) == [1])
        schedule.ended(1, now: at(4), random: 0)
        #expect(schedule.nextDue == at(14))
    }

    @Test("a pause that is longer than the period takes its place") func pause() {
        var schedule = schedule(of: [(1, false)])
        _ = schedule.takeDue(now: at(0))
        schedule.ended(1, pause: .seconds(60), now: at(1), random: 0)
        #expect(schedule.nextDue == at(60))
    }

    @Test("a thousand checks are run in few steps, none late") func manyInStep() {
        var schedule = Schedule(commandLimit: 1, now: at(0))
        var generator = SeededGenerator(seed: 7)
        func random() -> Double { Double.random(in: 0...1, using: &generator) }
        for id in 0..<1000 {
            schedule.add(id, period: .seconds(10), isCommand: false, now: at(0), random: random())
        }
        var last: [Int: TestClock.Instant] = [:]
        var (wakeups, latest) = (0, Duration.zero)
        while let due = schedule.nextDue, due < at(100) {
            wakeups += 1
            for id in schedule.takeDue(now: due) {
                if let last = last[id] { latest = max(latest, last.duration(to: due)) }
                last[id] = due
                schedule.ended(id, now: due, random: random())
            }
        }
        #expect(wakeups <= 1000 && latest <= .seconds(10) && last.count == 1000)
    }
}
