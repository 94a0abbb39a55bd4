internal import ArgumentParser

/// `process`: which processes are monitored.
struct ProcessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process", abstract: "Add, remove or list monitored processes.",
        subcommands: [ProcessAddCommand.self, ProcessRemoveCommand.self, ProcessListCommand.self])

    @OptionGroup var global: GlobalOptions

    func run() throws { throw Failure.noCommand("monitorctl process", Self.self) }
}
