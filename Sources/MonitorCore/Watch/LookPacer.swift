/// Turns notices of changes, of which there may be ten thousand at once, into looks.
///
/// The first notice makes a look at once, those in the ``gap`` behind it make one together. A database may tell of a
/// change a moment before others can read it, so after the last notice come a few more looks, the ``echoes``. Then
/// nothing runs until the next notice.
package final class LookPacer<C: Clock<Duration>>: Sendable {
    /// The least time between two looks.
    package static var gap: Duration { .milliseconds(5) }

    /// The looks after the last notice, each so long after the one before; another one is at the end of the ``gap``.
    ///
    /// From telling to showing a server needs microseconds, and a file the time of an `fsync`. A server that waits for
    /// its replicas first (semi-synchronous replication) needs their time, by default ten seconds at the most.
    package static var echoes: [Duration] { [.milliseconds(40), .milliseconds(200), .seconds(1), .seconds(10)] }

    private let clock: C
    private let wake = WakeSignal()

    package init(clock: C) { self.clock = clock }

    /// Something has changed.
    package func notice() { wake.wantLook() }

    /// Looks as it is due, until the task is cancelled.
    package func run(_ lookNow: @Sendable () -> Void) async {
        var echoes: ArraySlice<Duration> = []
        while !Task.isCancelled {
            if wake.isLookWanted {
                wake.takeLook()
                echoes = Self.echoes[...]
                lookNow()
                try? await clock.sleep(for: Self.gap)
                if !wake.isLookWanted, !Task.isCancelled { lookNow() }
            } else if let pause = echoes.first {
                await wake.wait(atMost: pause, on: clock)
                guard !Task.isCancelled, !wake.isLookWanted else { continue }
                echoes.removeFirst()
                lookNow()
            } else {
                await wake.wait()
            }
        }
    }
}

extension LookPacer where C == ContinuousClock {
    /// Looks as it is due after the notices of `watch`, until the task is cancelled.
    package static func run(
        _ lookNow: @escaping @Sendable () -> Void,
        watch: @escaping @Sendable (_ notice: @escaping @Sendable () -> Void) async -> Void
    ) async {
        let pacer = LookPacer(clock: ContinuousClock())
        await withDiscardingTaskGroup { group in
            group.addTask { await pacer.run(lookNow) }
            group.addTask { await watch { pacer.notice() } }
        }
    }
}
