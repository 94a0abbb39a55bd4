internal import ArgumentParser
internal import MonitorCore

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
        Console.write(Table(headings: page.width == nil ? [] : ["ID", "NAME"], rows: rows).text(page))
    }
}
