internal import ArgumentParser
internal import Glibc
internal import MonitorCore

/// `history`: what happened, the newest first.
struct HistoryCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show recoveries, failures, resets and holds, the newest first.")

    @OptionGroup var global: GlobalOptions

    @Argument(
        help: ArgumentHelp("Only these processes.", valueName: "name"), completion: .custom(NameCompletion.complete))
    var names: [String] = []

    @Option(help: ArgumentHelp("How many lines at the most.", valueName: "number"))
    var limit = 20

    @Flag(help: "Write JSON.")
    var json = false

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit takes a number from 1 on") }
    }

    func run(in session: Session) async throws {
        let chosen = names.isEmpty ? nil : try await session.select(names, to: "show the history of").map(\.name)
        let report = HistoryReport(
            host: session.host, entries: try await session.store.history(of: chosen, limit: limit))
        if json {
            Console.write(report.json.text + "\n")
        } else if report.entries.isEmpty {
            Console.tell("nothing has happened yet")
        } else {
            Console.write(report.table(session.page()).text)
        }
    }
}
