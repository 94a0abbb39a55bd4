import ArgumentParser
import CLinux
import Glibc
import MonitorConfig
import MonitorCore
import MonitorLinux

/// The daemon's command line.
@main
struct Monitord: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitord",
        abstract: "Restart processes in alarm, and prove that they are back.",
        discussion: """
            An application sets a process in alarm in the database; monitord restarts it, checks its health, and only \
            then clears the alarm. It runs in the foreground until SIGTERM; SIGHUP makes it read its configuration again.
            """,
        version: MonitorVersion.text)

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The configuration file. (default: $MONITOR_CONFIG, or the first that exists of "
                + Configuration.defaultPlaces.joined(separator: " and ") + ")", valueName: "file"))
    var config: String?

    @Flag(name: .long, help: "Print every error of the configuration, and exit: 0 when there is none, 78 otherwise.")
    var checkConfig = false

    @Flag(name: .long, help: "Serve the alarms that there are, and exit: 0 when all were recovered, 1 otherwise.")
    var once = false

    @Option(name: .long, help: "Log from this level on: \(Self.levels). (default: what the configuration says)")
    var logLevel: LoggingSettings.Level?

    private static let levels = LoggingSettings.Level.allCases.map(\.rawValue).joined(separator: ", ")

    /// Does what the library's own would, except that what is quoted of the arguments steers no terminal.
    static func main() async {
        do {
            let command = try parse()
            try await command.run()
        } catch {
            let status = exitCode(for: error)
            // Help and the version: asked for, so they are data.
            if status.isSuccess { exit(withError: error) }
            complain(fullMessage(for: error))
            Glibc.exit(status.rawValue)
        }
    }

    func run() async throws {
        // Before a password is read. PR_SET_DUMPABLE is reset by execve(2), so child processes are not affected.
        _ = monitor_make_undumpable()
        do {
            let environment = ProcessEnvironment.variables()
            let host = Host()
            let loaded = try Configuration.loadChecked(path: config, environment: environment)
            if checkConfig {
                for warning in loaded.warnings { complain("warning: \(warning)") }
                print(
                    loaded.configuration.path.map { "\($0): no errors" } ?? "no configuration file: the defaults hold")
                return
            }
            let daemon = try Daemon(
                loaded, options: Daemon.Options(config: config, logLevel: logLevel), environment: environment,
                host: host)
            if !once {
                try await daemon.run()
            } else if try await !daemon.runOnce() {
                throw ExitCode(1)
            }
        } catch let error as ConfigurationError {
            complain("\(error)")
            throw ExitCode(78)
        } catch let error as StoreError {
            complain("\(error)")
            throw ExitCode(69)
        } catch let error as DaemonError {
            complain("\(error)")
            throw ExitCode(1)
        }
    }
}

extension LoggingSettings.Level: ExpressibleByArgument {}

/// Writes an error to standard error, each line with the daemon's name, and nothing that a terminal would obey.
private func complain(_ text: String) {
    let lines = text.split(separator: "\n").map { "monitord: \(String($0).escapedForDisplay())\n" }.joined()
    _ = lines.withCString { write(STDERR_FILENO, $0, lines.utf8.count) }
}
