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

/// `release`: ends holds.
struct ReleaseCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "End holds: alarms are served again.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var targets: Targets

    func run(in session: Session) async throws {
        let processes = try await session.select(targets, to: "release").filter { $0.hold != nil }
        try await session.store.release(processes.map(\.processID), by: session.user)
        session.wakeDaemon()
        session.confirm("released", processes)
    }
}

/// `reset`: closes breakers by hand.
struct ResetCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Close circuit breakers and forget earlier failures.",
        discussion:
            "A process in alarm is tried again at once. Failures that a recovery under way still has don't count.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var targets: Targets

    func run(in session: Session) async throws {
        let processes = try await session.select(targets, to: "reset")
        try await session.store.reset(processes.map(\.processID), by: session.user)
        session.wakeDaemon()
        session.confirm("reset", processes)
    }
}
