import Foundation

/// What is done to the processes, and where their recoveries wait.
extension FaultScene {
    /// Lets every recovery wait at a step: for a lock.
    private func hold(_ step: Step) throws {
        let descriptor = open(site.path("hold-\(step.rawValue)"), O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else { throw Failure("cannot hold \(step)") }
        state.withLock { $0.held[step] = descriptor }
    }

    /// Lets recoveries pass that step again.
    func letGo(_ step: Step) {
        guard let descriptor = state.withLock({ $0.held.removeValue(forKey: step) }) else { return }
        unlink(site.path("hold-\(step.rawValue)"))
        close(descriptor)
    }

    /// Waits until a recovery is at the step.
    func reaches(_ step: Step) async throws {
        try await eventually("a recovery is \(step.rawValue)", in: daemon) {
            FileManager.default.fileExists(atPath: self.site.path("at-\(step.rawValue)"))
        }
    }

    /// Raises all alarms, and waits until a recovery is at the step, where it stays.
    func raise(andWaitAt step: Step) async throws {
        try hold(step)
        try? remove("at-\(step.rawValue)")
        try raise()
        try await reaches(step)
    }

    /// From now on no health check passes.
    func makeSick() throws { try site.write("", to: "sick") }

    func makeWell() throws { try remove("sick") }

    /// How many health checks have failed since ``makeSick()``.
    var failedChecks: Int { FileManager.default.contents(atPath: site.path("sick"))?.count ?? 0 }

    /// The application puts all processes in alarm.
    func raise() throws {
        let starts = Dictionary(uniqueKeysWithValues: names.map { ($0, FaultWorker.starts(of: $0, at: site)) })
        state.withLock { $0.startsBefore = starts }
        let raised = try database.connection().execute(
            "UPDATE STATUS_PROCESS SET alarma = 1, notes = 'set by the application'", [], keeps: false)
        state.withLock { $0.raised = Int(raised.affectedRows) }
    }

    /// The fault is over: from now on the time until all is normal counts.
    func mended() { state.withLock { $0.mended = .now } }
}
