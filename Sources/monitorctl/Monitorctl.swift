internal import ArgumentParser
internal import CLinux
internal import Glibc
internal import MonitorCore

/// The control tool of the process monitor: one file per verb in `Commands`.
@main
struct Monitorctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitorctl",
        abstract: "See and steer what monitord does with the processes of a database.",
        version: MonitorVersion.text,
        subcommands: [
            StatusCommand.self, AlarmCommand.self, ResetCommand.self, HoldCommand.self, ReleaseCommand.self,
            HistoryCommand.self, ProcessCommand.self, InitCommand.self, CheckCommand.self, MenuCommand.self,
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
        let status = await run(Array(CommandLine.arguments.dropFirst()))
        Glibc.exit(status.rawValue)
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
            return tell(failure)
        } catch let error as StoreError {
            return tell(Failure(error))
        } catch  where exitCode(for: error) == .success {
            // Help, the version, a completion script: asked for, so it is data.
            Console.write(fullMessage(for: error) + "\n")
            return .done
        } catch {
            let usage = fullMessage(for: error).split(separator: "\n").drop { !$0.hasPrefix("Usage:") }
            return tell(
                Failure(
                    .usage,
                    CommandLineDiagnosis.message(for: error, arguments: arguments) + "\n"
                        + usage.joined(separator: "\n")))
        }
    }

    private static func tell(_ failure: Failure) -> ExitStatus {
        Console.tell("monitorctl: \(failure.description)")
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
