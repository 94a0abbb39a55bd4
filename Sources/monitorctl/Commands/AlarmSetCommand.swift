internal import ArgumentParser
internal import MonitorCore

/// `alarm set`: puts processes in alarm, and waits for their recovery where that is asked for.
struct AlarmSetCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Put processes in alarm: monitord recovers them.",
        discussion: """
            With --wait it tells what happens, and ends with 0 when all are recovered, with 1 when one of them is not \
            going to be, with 75 when the time is over or no daemon runs.
            """)

    /// How long `--wait` waits where nothing is said.
    static let defaultTimeout: Duration = .seconds(60)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var targets: Targets

    @Option(help: ArgumentHelp("Why; it goes into the notes.", valueName: "text"))
    var reason: String?

    @Flag(help: "Wait until they are recovered, and tell what happens.")
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
