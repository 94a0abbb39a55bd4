/// A command line of the configuration file, with `%s` standing for the name of the process.
///
/// `%%` is a percent sign; any other `%` stands for itself, as it did in the script this replaces (`date +%H`).
public struct CommandTemplate: Sendable, Hashable {
    /// The command as it stands in the file.
    public let text: String

    /// Takes a command.
    ///
    /// - Throws: ``EmptyCommand`` when there is nothing in it to run.
    public init(_ text: String) throws(EmptyCommand) {
        guard text.contains(where: { !$0.isWhitespace }) else { throw EmptyCommand() }
        self.text = text
    }

    package init(unchecked text: String) { self.text = text }

    /// The text for `/bin/sh -c`, the name put in.
    ///
    /// A ``ProcessName`` holds nothing that a shell interprets.
    package func rendered(for name: ProcessName) -> String {
        var result = ""
        // By scalars: an accent behind it would make another character of the `s`.
        var rest = text.unicodeScalars[...]
        while let percent = rest.firstIndex(of: "%") {
            result.unicodeScalars += rest[..<percent]
            rest = rest[rest.index(after: percent)...]
            switch rest.first {
            case "s": result += name.rawValue
            case "%": result += "%"
            default:
                result += "%"
                continue
            }
            rest.removeFirst()
        }
        result.unicodeScalars += rest
        return result
    }
}

/// A command with nothing in it.
public struct EmptyCommand: Error, CustomStringConvertible {
    public var description: String { "the command is empty" }
}
