internal import ArgumentParser
internal import MonitorCore

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
