internal import ArgumentParser
internal import MonitorCore

/// `process remove`: takes a process out of all tables.
struct ProcessRemoveCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a process from the tables, its history with it.",
        discussion: "The process itself goes on running.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The process.", valueName: "name"), completion: .custom(NameCompletion.complete))
    var name: String

    func run(in session: Session) async throws {
        let found = try await session.select([name], to: "remove")
        // The tables allow one name twice; which of them is meant can't be said with a name.
        guard found.count == 1 else {
            let ids = found.map { String($0.processID) }.joined(separator: ", ")
            throw Failure(
                .failed,
                "cannot remove '\(name.escapedForDisplay(limit: 60))': several processes have that name (process_id \(ids))"
            )
        }
        try await session.store.removeProcess(found[0].processID, by: session.user)
        session.confirm("removed", found)
    }
}
