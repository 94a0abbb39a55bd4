internal import ArgumentParser
internal import CLinux
internal import Glibc
import MonitorConfig
internal import MonitorCore

/// The control tool of the process monitor: one file per verb in `Commands`.
@main
struct Monitorctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitorctl",
        abstract: "See and steer what monitord does with the processes of a database.",
        version: MonitorVersion.text,
        subcommands: [
            StatusCommand.self, AlarmCommand.self, CancelCommand.self, ResetCommand.self, HoldCommand.self,
            ReleaseCommand.self,
            HistoryCommand.self, ProcessCommand.self, InitCommand.self, CheckCommand.self, MenuCommand.self,
            NagiosCommand.self,
        ])

    @OptionGroup var global: GlobalOptions

    func run() throws { throw Failure.noCommand("monitorctl", Self.self) }

    static func main() async {
        // Before a password is read: no core file, and no debugger of the same user, gets at it.
        _ = monitor_make_undumpable()
        // One heap for all threads, grown by half a megabyte: with one for each of them, grown page by page, `status` of
        // a thousand processes takes 8 % longer.
        _ = mallopt(M_ARENA_MAX, 1)
        _ = mallopt(M_TOP_PAD, 512 * 1024)
        _ = mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024)
        _ = mallopt(M_TRIM_THRESHOLD, 32 * 1024 * 1024)
        var arguments = Array(CommandLine.arguments.dropFirst())
        if CommandLine.arguments.first?.split(separator: "/").last == NagiosCommand.pluginName[...] {
            arguments.insert(NagiosCommand.configuration.commandName!, at: 0)
        }
        if CommandLineDiagnosis.positional(arguments).first == NagiosCommand.configuration.commandName {
            Glibc.exit(await NagiosCommand.runAsPlugin(arguments))
        }
        Glibc.exit(await run(arguments).rawValue)
    }

    /// Does what the arguments ask for, and says why not on standard error.
    private static func run(_ arguments: [String]) async -> ExitStatus {
        do {
            var command = try await asyncParseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .done
        } catch let status as ExitStatus {
            return status
        } catch let failure as Failure {
            return report(failure)
        } catch let error as StoreError {
            return report(Failure(error))
        } catch  where exitCode(for: error) == .success {
            // Help, the version, a completion script: asked for, so it is data.
            Console.write(fullMessage(for: error) + "\n")
            return .done
        } catch {
            let usage = fullMessage(for: error).split(separator: "\n").drop { !$0.hasPrefix("Usage:") }
            return report(
                Failure(
                    .usage,
                    CommandLineDiagnosis.message(for: error, arguments: arguments) + "\n"
                        + usage.joined(separator: "\n")))
        }
    }

    private static func report(_ failure: Failure) -> ExitStatus {
        Console.report("monitorctl: \(failure.description)")
        return failure.status
    }
}

extension Failure {
    /// A command that is only the beginning of one.
    static func noCommand(_ command: String, _ type: any ParsableCommand.Type) -> Failure {
        let verbs = type.configuration.subcommands.compactMap { $0.configuration.commandName }
        return Failure(
            .usage, "no command given; there are \(verbs.joined(separator: ", ")); see '\(command) --help'")
    }
}

/// What every verb takes, before or after it.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "The configuration file. (default: $MONITOR_CONFIG, or the first that exists of "
                + Configuration.defaultPlaces.joined(separator: " and ") + ")", valueName: "file"),
        completion: .file())
    var configurationFile: String?
}

/// How the tool ends; the numbers are a contract (monitorctl(8)), those from 64 on are those of `sysexits.h`.
enum ExitStatus: Int32, Error {
    case done = 0
    case failed = 1
    /// `status`: something that it showed is in alarm.
    case inAlarm = 3
    /// `status`: nothing that it showed is in alarm, but no daemon is known to run.
    case daemonDown = 4
    case usage = 64
    case storeUnreachable = 69
    case timedOut = 75
    case configuration = 78
}

/// Why a command could not do what was asked: a sentence for standard error, and the exit status.
struct Failure: Error, CustomStringConvertible {
    var status: ExitStatus
    var description: String

    init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }

    init(_ error: StoreError) {
        switch error.code {
        case .unreachable, .timedOut, .busy: status = .storeUnreachable
        case .denied, .schema, .unwritable, .duplicate, .rejected: status = .failed
        }
        // Whatever was to be read or written first: an operator has to mend the way to the server.
        let isUnreached = error.code == .unreachable && error.reason.contains("Can't connect")
        description =
            isUnreached
            ? "cannot reach the database: \(error.reason); is the server running?"
            : error.description.withStatementsBelow
    }

    init(_ error: ConfigurationError) {
        status = .configuration
        description =
            error.problems.count == 1
            ? error.description : "cannot use the configuration:\n\(error)"
    }
}

/// Says what is wrong with a command line, where the parser knows only that it is.
enum CommandLineDiagnosis {
    /// The message for arguments that the parser refused: `unknown command 'statsu'; did you mean 'status'?`.
    static func message(for error: any Error, arguments: [String]) -> String {
        if let verb = unknownVerb(in: arguments) { return verb }
        let message = Monitorctl.message(for: error)
        return message.prefix(1).lowercased() + message.dropFirst()
    }

    /// Follows the verbs from the root down to the first that doesn't exist.
    private static func unknownVerb(in arguments: [String]) -> String? {
        var command: any ParsableCommand.Type = Monitorctl.self
        for word in positional(arguments) {
            let known = command.configuration.subcommands
            guard !known.isEmpty else { return nil }
            if word == "help" { return nil }
            guard let next = known.first(where: { $0.configuration.commandName == word }) else {
                let names = known.compactMap { $0.configuration.commandName }
                let hint = word.nearest(among: names).map { "did you mean '\($0)'?" }
                return "unknown command '\(word.escapedForDisplay(limit: 60))'; "
                    + (hint ?? "there are \(names.joined(separator: ", "))")
            }
            command = next
        }
        return nil
    }

    /// The words before any option but `--config`: whether a word is the value of another, only the parser knows.
    static func positional(_ arguments: [String]) -> [String] {
        var words: [String] = []
        var isValue = false
        for argument in arguments {
            if isValue {
                isValue = false
            } else if argument == "--config" {
                isValue = true
            } else if !argument.hasPrefix("-") {
                words.append(argument)
            } else if !argument.hasPrefix("--config=") {
                break
            }
        }
        return words
    }
}
