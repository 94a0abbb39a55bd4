internal import ArgumentParser
internal import Glibc
internal import MonitorCore
internal import MonitorStatus

/// `nagios`: the status as a plugin for Nagios, Icinga and their kin, also by the name `check_monitord`.
///
/// Whatever happens, one line goes to standard output and the exit code is one of four: what can't be found out is
/// UNKNOWN, also where the command line is wrong.
struct NagiosCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "nagios", abstract: "Tell the status as a Nagios plugin does.",
        discussion: """
            Ends with 2 (CRITICAL) where no daemon runs or an alarm was given up (breaker open, refused), 1 (WARNING) \
            where something is in alarm, 0 (OK) else; 3 (UNKNOWN) where that can't be found out. A range is \
            written as in the plugin guidelines: 5 alerts above 5.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(
        help: ArgumentHelp("Only these processes.", valueName: "name"), completion: .custom(NameCompletion.complete))
    var names: [String] = []

    @Option(name: .shortAndLong, help: ArgumentHelp("Alarms that make a warning.", valueName: "range"))
    var warning: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Alarms that are critical.", valueName: "range"))
    var critical: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("After how many seconds it gives up.", valueName: "seconds"))
    var timeout = 10

    @Flag(name: .shortAndLong, help: "One more line for each process that is in trouble.")
    var verbose = false

    func validate() throws {
        for range in [warning, critical].compactMap(\.self) where NagiosRange(range) == nil {
            throw ValidationError("'\(range.escapedForDisplay(limit: 40))' is no range: write 5, 5:, ~:5 or @2:5")
        }
        if timeout < 1 { throw ValidationError("--timeout takes a number from 1 on") }
    }

    func run(in session: Session) async throws {
        let result = try await withLimit(.seconds(timeout)) { try await judge(session) }
        Console.write(result.output)
        throw Ending(status: result.status)
    }

    private func judge(_ session: Session) async throws -> NagiosResult {
        let report = try await session.report(of: names.isEmpty ? nil : names)
        var result = NagiosResult(
            report,
            thresholds: NagiosResult.Thresholds(
                warning: warning.flatMap(NagiosRange.init), critical: critical.flatMap(NagiosRange.init)),
            times: session.times)
        if !verbose { result.details = [] }
        return result
    }

    /// A plugin that hangs is worse than one that doesn't know: past the limit the program ends.
    private func withLimit(
        _ limit: Duration, _ body: @escaping @Sendable () async throws -> NagiosResult
    ) async throws -> NagiosResult {
        try await withThrowingTaskGroup(of: NagiosResult.self) { group in
            group.addTask(operation: body)
            group.addTask {
                try await Task.sleep(for: limit)
                // The other task may sit in a library's call, which nothing ends but the process's end.
                Console.write(NagiosResult(unknown: "no answer within \(timeout) s").output)
                Glibc.exit(NagiosResult.Status.unknown.rawValue)
            }
            defer { group.cancelAll() }
            return try await group.next()!
        }
    }
}

extension NagiosCommand {
    /// The name under which plugins are kept: the program, called so, is this verb.
    static let pluginName = "check_monitord"

    /// Runs the verb by a plugin's rules: every failure is a line on standard output and UNKNOWN.
    ///
    /// - Returns: the exit code.
    static func runAsPlugin(_ arguments: [String]) async -> Int32 {
        do {
            guard var command = try await Monitorctl.asyncParseAsRoot(arguments) as? any AsyncParsableCommand else {
                return unknown("no such command")
            }
            try await command.run()
            return NagiosResult.Status.ok.rawValue
        } catch let result as Ending {
            return result.status.rawValue
        } catch let failure as Failure {
            return unknown(failure.description)
        } catch let error as StoreError {
            return unknown(error.description)
        } catch  where Monitorctl.exitCode(for: error) == .success {
            // The guidelines give help and the version this code too, so that a service never passes by mistake.
            Console.write(Monitorctl.fullMessage(for: error) + "\n")
            return NagiosResult.Status.unknown.rawValue
        } catch {
            return unknown(CommandLineDiagnosis.message(for: error, arguments: arguments))
        }
    }

    private static func unknown(_ message: String) -> Int32 {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        Console.write(NagiosResult(unknown: line).output)
        return NagiosResult.Status.unknown.rawValue
    }

    /// How the verb ended, all being said.
    private struct Ending: Error {
        var status: NagiosResult.Status
    }
}
