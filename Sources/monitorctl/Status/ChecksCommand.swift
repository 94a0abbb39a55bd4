internal import ArgumentParser
internal import Logging
internal import MonitorCore
internal import MonitorLinux
internal import MonitorStatus

/// `checks`: how the checks stand; `checks run`: asks one now.
struct ChecksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checks", abstract: "Show how the checks stand, or run one now.",
        subcommands: [ListCommand.self, RunCommand.self], defaultSubcommand: ListCommand.self)

    @OptionGroup var global: GlobalOptions
}

extension ChecksCommand {
    struct ListCommand: Verb {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Show how the checks stand.",
            discussion: "Ends with 3 when one that it shows has failed.")

        @OptionGroup var global: GlobalOptions

        @Argument(help: ArgumentHelp("Only these checks, or those of these processes.", valueName: "name"))
        var names: [String] = []

        @Flag(help: "Write JSON.")
        var json = false

        func run(in session: Session) async throws {
            let report = ChecksReport(
                configured: session.configuration.engine.checks,
                processes: try await session.store.processes(named: nil),
                records: try await session.checks(of: nil))
            let entries = try report.entries(named: names)
            if json {
                Console.write(ChecksReport.json(entries).text + "\n")
            } else if entries.isEmpty {
                Console.report("no checks are configured; monitorctl check proposes some")
            } else {
                Console.write(ChecksReport.table(entries, session.page()).text)
            }
            if entries.contains(where: { $0.record?.standing == .failed }) { throw ExitStatus.inAlarm }
        }
    }

    struct RunCommand: Verb {
        static let configuration = CommandConfiguration(
            commandName: "run",
            abstract: "Run a check of the configuration once, as this user, and tell what it found.",
            discussion:
                "Ends with 0 when it passes, with 3 when it fails, with 1 when it tells nothing. Nothing is changed.")

        @OptionGroup var global: GlobalOptions

        @Argument(help: ArgumentHelp("The check.", valueName: "check"))
        var name: String

        func run(in session: Session) async throws {
            let engine = session.configuration.engine
            guard var spec = engine.checks.first(where: { $0.name.rawValue == name }) else {
                throw Failure.unknownCheck(name, known: engine.checks.map(\.name.rawValue))
            }
            // What systemctl asks is what the daemon is told.
            if case .unit(let unit) = spec.kind {
                spec.kind = .command(CommandTemplate(unchecked: "systemctl is-active -- '\(unit)'"))
            }
            let checks = LinuxChecks(
                manager: nil, stateDirectory: session.paths.stateDirectory,
                logger: Logger(label: "monitorctl", factory: { _ in SwiftLogNoOpLogHandler() }))
            let result = await checks.makeCheck(spec, settings: engine.settings(for: spec.process))
                .run(limit: spec.timeout)
            let (word, status): (String, ExitStatus) =
                switch result {
                case .passed: ("passed", .done)
                case .failed: ("failed", .inAlarm)
                case .unknown: ("unknown", .failed)
                }
            Console.write("\(word): \(result.message.escapedForDisplay())\n")
            if status != .done { throw status }
        }
    }
}

extension Failure {
    static func unknownCheck(_ name: String, known: [String]) -> Failure {
        let hint =
            name.nearest(among: known).map { "did you mean '\($0)'?" } ?? "monitorctl checks lists those there are"
        return Failure(.failed, "no check is called '\(name.escapedForDisplay(limit: 60))'; \(hint)")
    }
}

/// The checks of the configuration, and those of which the store knows: they may be another host's.
struct ChecksReport: Sendable {
    struct Entry: Sendable {
        var name: String
        var process: String
        /// nil where the configuration of this host doesn't have it.
        var spec: CheckSpec?
        /// nil where it was not run yet.
        var record: CheckRecord?
    }

    private let entries: [Entry]

    init(configured specs: [CheckSpec], processes: [ProcessStatus], records: [CheckRecord]) {
        let names = Dictionary(processes.map { ($0.processID, $0.name) }) { first, _ in first }
        var entries: [Entry] = []
        var records = records
        for spec in specs {
            let index = records.firstIndex {
                $0.check == spec.name.rawValue && names[$0.processID] == spec.process.rawValue
            }
            entries.append(
                Entry(
                    name: spec.name.rawValue, process: spec.process.rawValue, spec: spec,
                    record: index.map { records.remove(at: $0) }))
        }
        entries += records.map {
            Entry(name: $0.check, process: names[$0.processID] ?? "process \($0.processID)", record: $0)
        }
        self.entries = entries.sorted { ($0.process, $0.name) < ($1.process, $1.name) }
    }

    /// Those of that name, or of the process of that name; all where none is given.
    func entries(named names: [String]) throws(Failure) -> [Entry] {
        guard !names.isEmpty else { return entries }
        for name in names where !entries.contains(where: { $0.name == name || $0.process == name }) {
            throw .unknownCheck(name, known: entries.flatMap { [$0.name, $0.process] })
        }
        return entries.filter { names.contains($0.name) || names.contains($0.process) }
    }

    static func table(_ entries: [Entry], _ page: Page) -> RemarkedTable {
        let rows = entries.map { entry in
            [
                Table.Cell(entry.process.escapedForDisplay(limit: 60)),
                Table.Cell(entry.name.escapedForDisplay(limit: 60)),
                Table.Cell(entry.spec?.kind.word ?? "-"),
                Table.Cell(entry.record?.standing.rawValue ?? "not run", entry.record?.standing.style ?? .plain),
                Table.Cell(entry.record.map { page.times.full($0.since) } ?? "-"),
            ]
        }
        let remarks = entries.map {
            RemarkedTable.Remark(
                paragraphs: ($0.record?.message ?? "").paragraphsForDisplay,
                isShownInFull: $0.record?.standing != .passed)
        }
        let headings = page.width == nil ? [] : ["PROCESS", "CHECK", "TYPE", "STATE", "SINCE"]
        return RemarkedTable(Table(headings: headings, rows: rows), heading: "MESSAGE", remarks: remarks, page: page)
    }

    static func json(_ entries: [Entry]) -> JSONValue {
        .object([
            (
                "checks",
                .array(
                    entries.map { entry in
                        .object([
                            ("name", .string(entry.name)),
                            ("process", .string(entry.process)),
                            ("type", .optional(entry.spec) { .string($0.kind.word) }),
                            ("state", .optional(entry.record) { .string($0.standing.rawValue) }),
                            ("since", .moment(entry.record?.since)),
                            ("message", .optional(entry.record) { .string($0.message) }),
                        ])
                    })
            )
        ])
    }
}

extension CheckStanding {
    fileprivate var style: TextStyle {
        switch self {
        case .passed: .good
        case .failed: .bad
        case .unknown: .busy
        }
    }
}
