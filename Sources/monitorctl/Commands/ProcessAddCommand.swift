internal import ArgumentParser
internal import MonitorCore

/// `process add`: has a process monitored.
struct ProcessAddCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a process to the tables.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The name of the process, or of its unit.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("Its process_id (default: one more than the largest).", valueName: "number"))
    var id: Int64?

    func run(in session: Session) async throws {
        let name: ProcessName
        do {
            name = try ProcessName(self.name)
        } catch {
            throw Failure(.failed, "cannot add the process '\(error.printable)': its name \(error.reason)")
        }
        let id = try await session.store.addProcess(name, id: id, by: session.user)
        Console.tell("added: \(name) (process \(id))")
    }
}
