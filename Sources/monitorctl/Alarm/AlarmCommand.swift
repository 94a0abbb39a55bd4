internal import ArgumentParser
internal import MonitorCore
internal import MonitorStatus

/// `alarm`: what an application does to the tables, by hand.
struct AlarmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarm", abstract: "Set or clear alarms.",
        subcommands: [AlarmSetCommand.self, AlarmClearCommand.self])

    @OptionGroup var global: GlobalOptions

    func run() throws { throw Failure.noCommand("monitorctl alarm", Self.self) }
}

/// `alarm set`: puts processes in alarm, and waits for their recovery where that is asked for.
struct AlarmSetCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Put processes in alarm: monitord recovers them.",
        discussion: """
            With --wait it reports what happens, and ends with 0 when all are recovered, with 1 when one of them is not \
            going to be, with 75 when the time is over or no daemon runs.
            """)

    /// How long `--wait` waits where nothing is said.
    static let defaultTimeout: Duration = .seconds(60)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var targets: Targets

    @Option(help: ArgumentHelp("Why; it goes into the notes.", valueName: "text"))
    var reason: String?

    @Flag(help: "Wait until they are recovered, and report what happens.")
    var wait = false

    @Option(
        help: ArgumentHelp("How long to wait: 90, 5min, 1h (default: 60s).", valueName: "duration"),
        transform: Duration.init(parsing:))
    var timeout: Duration?

    func validate() throws {
        if timeout != nil, !wait { throw ValidationError("--timeout is of no use without --wait") }
    }

    func run(in session: Session) async throws {
        let processes = try await session.select(targets, to: "set the alarm of")
        try await session.setAlarm(processes, reason: reason)
        session.confirm("alarm set", processes)
        if wait {
            try await RecoveryWait(session: session, timeout: timeout ?? Self.defaultTimeout)
                .run(before: processes)
        }
    }
}

/// `alarm clear`: takes alarms away without a recovery.
struct AlarmClearCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "clear", abstract: "Clear the alarms of processes, without a recovery.",
        discussion: "A recovery that is under way for one of them is ended by the daemon; 'cancel' waits for that.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var targets: Targets

    func run(in session: Session) async throws {
        let processes = try await session.select(targets, to: "clear the alarm of")
        session.confirm("alarm cleared", try await session.clearAlarm(processes))
    }
}

/// `cancel`: clears alarms and ends the recoveries that are under way for them.
struct CancelCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Clear alarms, and end the recoveries that are under way for them.",
        discussion: """
            The row is cleared at once; the daemon ends a recovery when it sees that. Ends with 0 when no recovery of \
            these processes is under way any more, with 75 when one still is after the time-out.
            """)

    /// How long it is waited for the daemon where nothing is said.
    static let defaultTimeout: Duration = .seconds(10)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var targets: Targets

    @Option(
        help: ArgumentHelp("How long to wait for the daemon: 5, 1min (default: 10s).", valueName: "duration"),
        transform: Duration.init(parsing:))
    var timeout: Duration?

    func run(in session: Session) async throws {
        let processes = try await session.select(targets, to: "cancel the recovery of")
        session.confirm("alarm cleared", try await session.clearAlarm(processes, action: "Cancelled", as: .cancelled))
        let claims = try await Self.claims(among: processes, session)
        guard !claims.isEmpty else { return }
        let timeout = timeout ?? Self.defaultTimeout
        let deadline = ContinuousClock.now + timeout
        while true {
            let left = try await Self.claims(among: processes, session).filter { claims[$0.key] == $0.value }
            guard !left.isEmpty else {
                session.confirm("recovery ended", processes.filter { claims[$0.processID] != nil })
                return
            }
            guard ContinuousClock.now < deadline else {
                let interval = TimeFormat.length(session.configuration.engine.checkInterval)
                throw Failure(
                    .timedOut,
                    "cannot wait for \(Session.list(processes.filter { left[$0.processID] != nil })): the recovery has not ended after \(TimeFormat.took(timeout)); "
                        + "the alarm is cleared, and monitord ends the recovery at its next poll, within \(interval)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The claims of a living daemon on these processes, by process.
    private static func claims(
        among processes: [ProcessStatus], _ session: Session
    ) async throws(StoreError) -> [Int64: Claim] {
        let daemon = try await session.daemon()
        let current = try await session.store.processes(named: processes.map(\.name))
        return current.reduce(into: [:]) { claims, process in
            guard case .recovering = ProcessState(of: process, daemon: daemon, now: .wallClock()) else { return }
            claims[process.processID] = process.claim
        }
    }
}
