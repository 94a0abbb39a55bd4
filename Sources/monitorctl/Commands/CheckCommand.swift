internal import ArgumentParser
import MonitorConfig
internal import MonitorCore

/// `check`: what is wrong on this host, and what mends it.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Look whether everything is in place, and tell what mends what is not.",
        discussion:
            "Ends with 0 when there are warnings at most, with 1 on errors, with 78 when the configuration is wrong.")

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
        let findings = ConfigurationFindings.findings(for: loaded) + (await self.findings(session))
        await session.store.close()
        Console.write(Finding.text(findings, page))
        if findings.contains(where: { $0.level == .error }) { throw ExitStatus.failed }
    }

    private func findings(_ session: Session) async -> [Finding] {
        let configuration = session.configuration
        return await DatabaseFindings.findings(session)
            + [
                HostFindings.wakeSocket(session.paths.wakeSocket, checkInterval: configuration.engine.checkInterval),
                HostFindings.log(session.paths.logFile),
                HostFindings.systemd(),
            ] + MigrationFindings.findings(for: configuration)
    }
}
