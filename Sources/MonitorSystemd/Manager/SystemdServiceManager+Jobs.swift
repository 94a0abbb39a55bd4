/// How the wait for a job ended.
enum JobEnd: Sendable, Equatable {
    /// The word in its `JobRemoved`.
    case removed(String)
    /// It is gone, and its signal went astray: the connection broke meanwhile.
    case missed
    /// It goes on, but has had its time.
    case overdue(Duration)
}

extension SystemdServiceManager {
    /// How often a wait looks by itself: a signal that was lost with a connection never comes again.
    private static var lookInterval: Duration { .seconds(2) }

    /// Waits for the end of a job.
    ///
    /// - Parameter unit: the object of the unit that has the job.
    /// - Throws: ``BusError/Kind/cancelled`` when the task was; errors of looking do not end the wait.
    func wait(for job: Job, of unit: String) async throws(BusError) -> JobEnd {
        let begin = SuspendingClock.now
        var patience: JobPatience?
        while true {
            if let result = await job.end.value(within: Self.lookInterval) { return .removed(result) }
            if Task.isCancelled { throw .cancelled }
            if patience == nil { patience = try? await self.patience(with: unit, since: begin) }
            guard let (path, step) = try? await look(at: unit) else {
                if SuspendingClock.now - begin > JobPatience.longest { return .overdue(JobPatience.longest) }
                continue
            }
            if path != job.path { return .missed }
            if patience?.isOver(at: .now, step: step) == true { return .overdue(SuspendingClock.now - begin) }
        }
    }

    private func patience(
        with unit: String, since begin: SuspendingClock.Instant
    ) async throws(BusError) -> JobPatience {
        let start = try connection().get(.startTimeout, of: unit)
        let stop = try connection().get(.stopTimeout, of: unit)
        return JobPatience(start: try await start.reply(), stop: try await stop.reply(), since: begin)
    }

    private func look(at unit: String) async throws(BusError) -> (job: String, step: String) {
        let job = try connection().get(.job, of: unit)
        let step = try connection().get(.subState, of: unit)
        return (try await job.reply(), try await step.reply())
    }
}
