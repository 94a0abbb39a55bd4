internal import ArgumentParser
internal import MonitorCore

/// `process`: which processes are monitored.
struct ProcessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process", abstract: "Add, remove or list monitored processes.",
        subcommands: [ProcessAddCommand.self, ProcessRemoveCommand.self, ProcessListCommand.self])

    @OptionGroup var global: GlobalOptions

    func run() throws { throw Failure.noCommand("monitorctl process", Self.self) }
}

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
        let id = try await session.store.addProcess(name, id: id)
        Console.report("added: \(name) (process \(id))")
    }
}

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
        try await session.store.removeProcess(found[0].processID)
        session.confirm("removed", found)
    }
}

/// `process list`: ids and names.
struct ProcessListCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the monitored processes with their ids.")

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws {
        let page = session.page()
        let rows = try await session.store.processes(named: nil).map { process in
            [Table.Cell(String(process.processID)), Table.Cell(process.name.escapedForDisplay())]
        }
        let table = Table(headings: page.width == nil ? [] : ["ID", "NAME"], rows: rows)
        let nothing = RemarkedTable.Remark(paragraphs: [], isShownInFull: true)
        Console.write(
            RemarkedTable(table, heading: "", remarks: rows.map { _ in nothing }, page: page).text)
    }
}

/// `init`: creates or migrates the tables.
struct InitCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Create or migrate the tables; safe to repeat.",
        discussion: """
            The two tables of the application are created only where they are missing, and not altered but for an index \
            on STATUS_PROCESS.alarma, without which every poll reads all rows.
            """)

    static let createsDatabase = true

    @OptionGroup var global: GlobalOptions

    @Flag(name: .customLong("no-index"), help: "Leave the index on STATUS_PROCESS.alarma out.")
    var leavesIndexOut = false

    func run(in session: Session) async throws {
        let done = try await session.store.initialize(addsIndex: !leavesIndexOut)
        for line in done.isEmpty ? ["nothing to do: the tables are there"] : done {
            Console.report(line.withStatementsBelow)
        }
    }
}
