/// The watch over a process that was recovered, for as long as an alarm would count as a relapse.
struct Aftercare<C: Clock<Duration>>: Sendable {
    let process: MonitoredProcess
    let started: Started
    let end: C.Instant

    /// How often it is asked whether it still runs, where nothing tells by itself.
    private static var interval: Duration { .seconds(1) }
    /// How often it is verified, where something does.
    private static var verification: Duration { .seconds(10) }

    /// Waits until what was started is lost.
    ///
    /// - Returns: why; nil when it still runs at the end, or was stopped on purpose.
    func loss(by parts: CheckParts, clock: C) async -> String? {
        let notices = parts.watchStarted(started)
        let changed = AsyncEvent()
        return await withTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            if let notices {
                group.addTask { for await _ in notices { changed.signal() } }
            }
            while !Task.isCancelled, clock.now < end {
                let pause = notices == nil ? Self.interval : Self.verification
                await changed.wait(atMost: min(pause, clock.now.duration(to: end)), on: clock)
                guard !Task.isCancelled else { return nil }
                if let reason = await parts.loss(process, started) { return reason }
            }
            return nil
        }
    }
}
