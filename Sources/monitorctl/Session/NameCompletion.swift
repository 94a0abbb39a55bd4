internal import ArgumentParser
import MonitorConfig
internal import MonitorCore

/// The names of monitored processes, for a shell that completes them.
enum NameCompletion {
    /// What may stand where the word begins with `prefix`.
    ///
    /// A shell in the middle of a line can show no errors: where anything is wrong there is nothing to complete.
    @Sendable static func complete(words: [String], index: Int, prefix: String) async -> [String] {
        let environment = Environment.variables
        guard
            var configuration = try? Configuration.load(
                path: configurationFile(in: words), environment: environment
            ).configuration
        else { return [] }
        // Nobody waits for a shell longer than that.
        configuration.database.connectTimeout = .seconds(1)
        configuration.database.queryTimeout = .seconds(1)
        guard let session = try? Session(configuration, environment: environment),
            (try? session.requireDatabase()) != nil
        else { return [] }
        let processes = try? await session.store.processes(named: nil)
        await session.store.close()
        // Others can't be typed without quoting, and are never what is looked for.
        return (processes ?? []).map(\.name).filter { $0.hasPrefix(prefix) && (try? ProcessName($0)) != nil }
    }

    /// What `--config` says on the command line so far.
    static func configurationFile(in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            if word == "--config", index + 1 < words.count { return words[index + 1] }
            if word.hasPrefix("--config=") { return String(word.dropFirst("--config=".count)) }
        }
        return nil
    }
}
