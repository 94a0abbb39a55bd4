internal import ArgumentParser
internal import MonitorCore

/// `init`: creates or migrates the tables.
struct InitCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Create or migrate the tables; safe to repeat.",
        discussion: """
            The two tables of the application are created only where they are missing, and not altered but for an index \
            on STATUS_PROCESS.alarma, without which every poll reads all rows.
            """)

    @OptionGroup var global: GlobalOptions

    @Flag(name: .customLong("no-index"), help: "Leave the index on STATUS_PROCESS.alarma out.")
    var leavesIndexOut = false

    func run(in session: Session) async throws {
        let done = try await session.store.initialize(addsIndex: !leavesIndexOut)
        for line in done.isEmpty ? ["nothing to do: the tables are there"] : done { Console.tell(line) }
    }
}
