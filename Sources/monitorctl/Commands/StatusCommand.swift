internal import ArgumentParser
internal import Glibc
internal import MonitorCore

/// `status`: what is the matter, with all processes or with some.
struct StatusCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the daemon and the processes, the most urgent first.",
        discussion:
            "Ends with 3 when something that it shows is in alarm. With names it tells all that is known of them.")

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
                StatusDetail(
                    entry: entry, daemon: report.daemon, policy: session.policy(of: entry.process.name),
                    checkInterval: session.configuration.engine.checkInterval, page: page
                ).lines.joinedLines
            }
            Console.write(blocks.joined(separator: "\n"))
        }
        if report.daemon.isDown, page.width == nil || names != nil {
            Console.tell("monitorctl: warning: " + report.daemon.headline(host: report.host, times: page.times))
        }
        if report.hasAlarm { throw ExitStatus.inAlarm }
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
