internal import ArgumentParser
import MonitorConfig
internal import MonitorCore
internal import MonitorStatus

/// `check`: what is wrong on this host, and what mends it.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check that everything is in place, and say what mends what is not.",
        discussion:
            """
            Ends with 0 when there are warnings at most, with 1 on errors (a daemon that does not run is one), with 78 \
            when the configuration is wrong.
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let environment = Environment.variables
        let page = Page.standardOutput(at: .wallClock(), environment: environment)
        let loaded: LoadedConfiguration
        let session: Session
        do throws(ConfigurationError) {
            loaded = try Configuration.load(path: global.configurationFile, environment: environment)
            session = try Session(loaded.configuration, environment: environment)
        } catch {
            Console.write(Finding.text(ConfigurationFindings.findings(for: error), page))
            throw ExitStatus.configuration
        }
        let findings = ConfigurationFindings.findings(for: loaded) + (await self.findings(session, loaded))
        await session.store.close()
        Console.write(Finding.text(findings, page))
        if findings.contains(where: { $0.level == .error }) { throw ExitStatus.failed }
    }

    private func findings(_ session: Session, _ loaded: LoadedConfiguration) async -> [Finding] {
        let (findings, contents) = await DatabaseFindings.findings(session)
        let (configuration, paths) = (session.configuration, session.paths)
        let processes = contents.map { ProcessFindings.findings(for: $0.processes, configuration) } ?? []
        let host = contents.map { HostRequirements(configuration.engine).findings(for: $0.processes) } ?? []
        return findings + processes + [
            HostFindings.wakeSocket(
                session.wakeSocket, session.wakeSocket.state,
                isUsersOwn: paths.fallbacks.contains { $0.subject == .wakeSocket }, daemon: contents?.daemon,
                checkInterval: configuration.engine.checkInterval),
            HostFindings.log(paths.logFile, daemonUser: HostFindings.user(of: contents?.daemon)),
            HostFindings.systemd(),
        ] + host + MigrationFindings.findings(for: loaded)
    }
}

/// One thing that `check` looked at, and what it found.
struct Finding: Sendable, Equatable {
    enum Level: String, Sendable { case ok, note, warning, error }

    var level: Level
    /// What was looked at: `database`.
    var subject: String
    var text: String
    /// What mends it; nil where there is nothing to mend, or it is not known.
    var remedy: String?

    init(_ level: Level, _ subject: String, _ text: String, remedy: String? = nil) {
        self.level = level
        self.subject = subject
        self.text = text
        self.remedy = remedy
    }
}

extension Finding {
    /// A line each, with what mends it.
    static func text(_ findings: [Finding], _ page: Page) -> String {
        let rows = findings.map { [Table.Cell($0.level.rawValue, $0.level.style), Table.Cell($0.subject)] }
        let remarks = findings.map { finding in
            RemarkedTable.Remark(
                paragraphs: finding.text.paragraphsForDisplay
                    + (finding.remedy.map { "→ \($0)" }?.paragraphsForDisplay ?? []),
                isShownInFull: true)
        }
        return RemarkedTable(Table(headings: [], rows: rows), heading: "", remarks: remarks, page: page).text
    }
}

extension Finding.Level {
    fileprivate var style: TextStyle {
        switch self {
        case .ok: .good
        case .note: .plain
        case .warning: .busy
        case .error: .bad
        }
    }
}
