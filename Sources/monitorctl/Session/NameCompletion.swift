internal import ArgumentParser
internal import MonitorCore

/// The names of monitored processes, for a shell that completes them.
enum NameCompletion {
    /// What may stand where the word begins with `prefix`.
    ///
    /// A shell in the middle of a line can show no errors: where anything is wrong there is nothing to complete.
    @Sendable static func complete(words: [String], index: Int, prefix: String) async -> [String] {
        var options = GlobalOptions()
        options.configurationFile = configurationFile(in: words)
        guard let session = try? Session(options) else { return [] }
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
