internal import ArgumentParser
internal import Glibc
internal import MonitorCore
internal import MonitorStatus

/// `status`: what is the matter, with all processes or with some.
struct StatusCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the daemon and the processes, the most urgent first.",
        discussion:
            """
            Ends with 3 when something that it shows is in alarm, else with 4 when the daemon does not run, or can't \
            write to the database. With names \
            it tells all that is known of them.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(
        help: ArgumentHelp("Only these processes, in detail.", valueName: "name"),
        completion: .custom(NameCompletion.complete))
    var names: [String] = []

    @Flag(help: "Write JSON.")
    var json = false

    @Flag(help: "Show it anew each second, until q is pressed.")
    var watch = false

    func validate() throws {
        if json, watch {
            throw ValidationError("--watch draws on a terminal, --json is for programs: give one of them")
        }
    }

    func run(in session: Session) async throws {
        let names = names.isEmpty ? nil : names
        if watch {
            try await watch(names, session)
            return
        }
        let report = try await session.report(of: names)
        let page = session.page()
        if json {
            Console.write(report.json(now: page.times.now).text + "\n")
        } else if names == nil {
            Console.write(StatusScreen(report, page).text)
        } else {
            let blocks = report.entries.map { entry in
                ProcessFacts(
                    entry, daemon: report.daemon, policy: session.policy(of: entry.process.name),
                    checkInterval: session.configuration.engine.checkInterval,
                    objection: session.objection(to: entry.process.name), times: page.times
                ).lines(of: entry.process, entry.state.style, page).joinedLines
            }
            Console.write(blocks.joined(separator: "\n"))
        }
        if report.daemon.isDown, page.width == nil || names != nil {
            Console.report("monitorctl: warning: " + report.daemon.headline(host: report.host, times: page.times))
        }
        if page.width == nil || names != nil {
            for row in report.unserved { Console.report("monitorctl: warning: \(row.complaint)") }
        }
        if session.configuration.engine.mode == .observe {
            Console.report("monitorctl: warning: mode = observe: monitord restarts nothing, and raises no alarm")
        }
        if report.hasAlarm { throw ExitStatus.inAlarm }
        // Where there are no heartbeats, a socket that is listened on shows as much, on the daemon's own host.
        let isDown = report.daemon == .unknown ? session.wakeSocket.state != .listening : report.daemon.isDown
        if isDown { throw ExitStatus.daemonDown }
    }

    private func watch(_ names: [String]?, _ session: Session) async throws(Failure) {
        guard let terminal = Terminal(STDOUT_FILENO, environment: session.environment) else {
            throw Failure(
                .usage, "cannot watch the status: standard output is no terminal; without --watch it is shown once")
        }
        // Unknown names, and a database that was never there, are refused before the terminal is taken over.
        _ = try await session.report(of: names)
        await Watch(terminal: terminal) { () async throws(Failure) in try await session.report(of: names) }.run()
    }
}

/// `history`: how recoveries ended, which breakers opened, and what operators did.
struct HistoryCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show how recoveries ended, which breakers opened, and what operators did.")

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
        var query = EventQuery.history(of: chosen, limit: limit)
        query.kinds?.append(.breakerOpened)
        let report = HistoryReport(host: session.host, entries: try await session.store.events(query))
        if json {
            Console.write(report.json.text + "\n")
        } else if report.entries.isEmpty {
            Console.report("nothing has happened yet")
        } else {
            Console.write(report.table(session.page()).text)
        }
    }
}
