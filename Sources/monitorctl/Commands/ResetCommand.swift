internal import ArgumentParser
internal import MonitorCore

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
