internal import ArgumentParser
internal import MonitorCore

/// `alarm clear`: takes alarms away without a recovery.
struct AlarmClearCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "clear", abstract: "Clear the alarms of processes, without a recovery.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var targets: Targets

    func run(in session: Session) async throws {
        let processes = try await session.select(targets, to: "clear the alarm of")
        session.confirm("alarm cleared", try await session.clearAlarm(processes))
    }
}
