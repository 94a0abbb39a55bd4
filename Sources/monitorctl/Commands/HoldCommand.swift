internal import ArgumentParser
internal import MonitorCore

/// `hold`: forbids restarts for a while.
struct HoldCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Forbid restarts, until released or for some time.",
        discussion: "A recovery under way is not cut off. Alarms stay, and are served once the hold ends.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var targets: Targets

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("After how long it ends by itself: 30min, 2h, 1d.", valueName: "duration"),
        transform: Duration.init(parsing:))
    var length: Duration?

    @Option(help: ArgumentHelp("Why; status shows it.", valueName: "text"))
    var reason: String?

    func run(in session: Session) async throws {
        let processes = try await session.select(targets, to: "hold")
        let now = Timestamp.wallClock()
        let hold = Hold(since: now, until: length.map { now + $0 }, reason: reason, by: session.user)
        try await session.store.hold(processes.map(\.processID), hold)
        session.confirm("held", processes)
    }
}
