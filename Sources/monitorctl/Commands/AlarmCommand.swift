internal import ArgumentParser

/// `alarm`: what an application does to the tables, by hand.
struct AlarmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarm", abstract: "Set or clear alarms.",
        subcommands: [AlarmSetCommand.self, AlarmClearCommand.self])

    @OptionGroup var global: GlobalOptions

    func run() throws { throw Failure.noCommand("monitorctl alarm", Self.self) }
}
