internal import ArgumentParser
internal import MonitorCore

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

    /// The arguments that are neither options nor what `--config` takes.
    private static func positional(_ arguments: [String]) -> [String] {
        var words: [String] = []
        var isValue = false
        for argument in arguments {
            if isValue {
                isValue = false
            } else if argument == "--config" {
                isValue = true
            } else if !argument.hasPrefix("-") {
                words.append(argument)
            }
        }
        return words
    }
}
