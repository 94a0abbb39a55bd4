internal import Synchronization

/// Turns notices of changes, of which there may be ten thousand at once, into polls.
///
/// Each notice asks for a poll at once; the engine makes few of many. A database may report a change a moment before
/// others can read it, so after the last notice come a few more polls, the ``followUps``. Then nothing runs until the
/// next notice.
package final class PollPacer<C: Clock<Duration>>: Sendable {
    /// The polls after the last notice, each so long after the one before.
    ///
    /// Delay between a change notification and its visibility to a reader: microseconds on a server, one fsync on SQLite. A
    /// server that waits for its replicas first (semi-synchronous replication) needs their time, by default ten seconds
    /// at the most.
    package static var followUps: [Duration] {
        [.milliseconds(5), .milliseconds(40), .milliseconds(200), .seconds(1), .seconds(10)]
    }

    /// With more notices a second than these, the database counts as busy: it is written all the time, mostly by others.
    package static var calmRate: Double { 100 }

    /// The least time between two polls of a busy database. The first follow-ups are left out there: the next notice is one.
    package static var busyPause: Duration { .milliseconds(50) }

    private let clock: C
    private let changed = AsyncEvent()
    /// How many notices there were.
    private let notices = Atomic(0)

    package init(clock: C) { self.clock = clock }

    /// Something has changed.
    package func notice() {
        notices.add(1, ordering: .relaxed)
        changed.set()
    }

    /// Polls as it is due, until the task is cancelled.
    package func run(_ pollNow: @Sendable () -> Void) async {
        var followUps: ArraySlice<Duration> = []
        var last = C.Instant?.none
        var (counted, countedAt, isBusy) = (0, clock.now, false)
        while !Task.isCancelled {
            if changed.isSet {
                let age = last.map { $0.duration(to: clock.now) } ?? .seconds(1)
                let window = countedAt.duration(to: clock.now)
                if window >= .seconds(1) {
                    let count = notices.load(ordering: .relaxed)
                    isBusy = Double(count - counted) > Self.calmRate * (window / .seconds(1))
                    (counted, countedAt) = (count, clock.now)
                }
                if isBusy, age < Self.busyPause {
                    guard (try? await clock.sleep(for: Self.busyPause - age)) != nil else { return }
                }
                last = clock.now
                changed.clear()
                // It is answered here, and must not cut the first pause short.
                changed.dropSignal()
                followUps = isBusy ? Self.followUps.dropFirst(2) : Self.followUps[...]
                pollNow()
            } else if let pause = followUps.first {
                await changed.wait(atMost: pause, on: clock)
                guard !Task.isCancelled, !changed.isSet else { continue }
                followUps.removeFirst()
                pollNow()
            } else {
                await changed.wait()
            }
        }
    }
}

extension PollPacer where C == ContinuousClock {
    /// Polls as it is due after the notices of `watch`, until the task is cancelled.
    package static func run(
        _ pollNow: @escaping @Sendable () -> Void,
        watch: @escaping @Sendable (_ notice: @escaping @Sendable () -> Void) async -> Void
    ) async {
        let pacer = PollPacer(clock: ContinuousClock())
        await withDiscardingTaskGroup { group in
            group.addTask { await pacer.run(pollNow) }
            group.addTask { await watch { pacer.notice() } }
        }
    }
}
