import Testing

/// One thing that can go wrong, done to the real component.
struct Fault: Sendable {
    typealias Action = @Sendable (FaultScene) async throws -> Void

    /// What goes wrong.
    var name: String
    /// How a test makes it go wrong.
    var method: String
    /// Sets all processes to work (``FaultScene/begin(monitor:process:startsAsItWas:)``).
    var begin: Action
    /// Raises the alarms, injects the fault, ends it, and says when it has (``FaultScene/mended()``).
    var inject: Action

    init(
        _ name: String, _ method: String, _ inject: @escaping Action,
        beginning begin: @escaping Action = { try await $0.begin() }
    ) {
        self.name = name
        self.method = method
        self.begin = begin
        self.inject = inject
    }

    /// Injects faults, each into a scene of its own, some of them at the same time: most of it is waiting.
    static func inject(
        _ faults: [Fault], atOnce limit: Int = 1, on database: @Sendable () async throws -> FaultDatabase? = { nil }
    ) async throws {
        let outcomes = try await withThrowingTaskGroup(of: (Int, FaultReport.Outcome?).self) { group in
            var outcomes: [Int: FaultReport.Outcome] = [:]
            for (index, fault) in faults.enumerated() {
                if index >= limit, let (ended, outcome) = try await group.next() { outcomes[ended] = outcome }
                let scene = try FaultScene(on: await database())
                group.addTask { (index, await fault.outcome(in: scene)) }
            }
            for try await (ended, outcome) in group { outcomes[ended] = outcome }
            return outcomes
        }
        for index in outcomes.keys.sorted() { FaultReport.add(outcomes[index], of: faults[index]) }
    }

    /// Injects it, and sees to it that nothing was lost and nothing ran twice.
    ///
    /// - Returns: what became of it; nil where that is not known.
    private func outcome(in scene: FaultScene) async -> FaultReport.Outcome? {
        defer { scene.end() }
        do {
            try await begin(scene)
            try await inject(scene)
            let outcome = try await scene.outcome()
            #expect(
                outcome.before >= 3 && outcome.after == 0 && outcome.lost == 0 && outcome.twice == 0,
                "\(name): \(outcome)\n\(scene.daemon?.log ?? "")")
            return outcome
        } catch {
            Issue.record(error, "\(name)")
            return nil
        }
    }
}
