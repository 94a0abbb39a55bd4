internal import MonitorCore

/// Whether a command exits with 0.
///
/// What the shell itself says of one that it can't run (126, 127) is no answer about the process.
struct CommandCheck: Check {
    let command: CommandTemplate
    let process: ProcessName
    let commands: CommandRunner

    func run(limit: Duration) async -> CheckResult {
        let text = command.rendered(for: process)
        let result = await commands.run(Command(text, limit: limit, name: process))
        let phrase = result.phrase(for: text.escapedForDisplay(limit: 40))
        return switch result.ending {
        case .exited(0): .passed(result.output.lines.last?.cut(toCharacters: 200) ?? "exited with 0")
        case .exited(126), .exited(127), .couldNotStart, .cancelled: .unknown(phrase)
        case .timedOut: .failed(noAnswer(within: limit, from: text.escapedForDisplay(limit: 40)))
        case .exited, .signalled: .failed(phrase)
        }
    }
}

/// What a plugin of Nagios' says.
///
/// - SeeAlso: the Monitoring Plugins Development Guidelines: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; 4 to 31 are reserved.
///   What is none of these, a crash of the plugin too, tells nothing of the process.
struct NagiosCheck: Check {
    let plugin: CommandTemplate
    let process: ProcessName
    let commands: CommandRunner

    /// Longer first lines are cut.
    private static let longestLine = 200

    func run(limit: Duration) async -> CheckResult {
        let text = plugin.rendered(for: process)
        // Its answer is the first line of its standard output alone.
        let result = await commands.run(Command("exec 2>/dev/null\n" + text, limit: limit, name: process))
        let subject = text.escapedForDisplay(limit: 40)
        let line = Self.firstLine(of: result.output)
        return switch result.ending {
        case .exited(0): .passed(line ?? "OK, without a word")
        case .exited(1): .passed(line ?? "WARNING, without a word")
        case .exited(2): .failed(line ?? "CRITICAL, without a word")
        case .exited(3): .unknown(line ?? "UNKNOWN, without a word")
        case .timedOut: .failed(noAnswer(within: limit, from: subject))
        case .exited, .signalled, .couldNotStart, .cancelled: .unknown("\(subject) \(result.ending)")
        }
    }

    /// The first line that a plugin wrote, without its performance data; nil when it wrote none.
    static func firstLine(of output: CommandOutput) -> String? {
        let line = output.head.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        let text = String(decoding: line.prefix { $0 != UInt8(ascii: "|") }, as: UTF8.self)
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        return String(scalars[first...last]).escapedForDisplay(limit: longestLine)
    }
}

/// What is said of what took longer than its limit: `no answer within 3 s from 127.0.0.1:80`.
func noAnswer(within limit: Duration, from subject: String) -> String {
    "no answer within \(limit.spoken) from \(subject)"
}

extension Duration {
    /// As it stands in a sentence: `3 s`, `0.25 s`, `12 ms`.
    var spoken: String {
        let length = wholeMilliseconds
        if length < 100 { return "\(length) ms" }
        return length % 1000 == 0 ? "\(length / 1000) s" : "\(Double(length) / 1000) s"
    }
}
