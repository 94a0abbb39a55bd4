internal import ArgumentParser
import MonitorConfig
internal import MonitorCore

/// The processes that a verb is for: some by name, or all.
struct Targets: ParsableArguments {
    @Argument(help: ArgumentHelp("The processes.", valueName: "name"), completion: .custom(NameCompletion.complete))
    var names: [String] = []

    @Flag(help: "All processes.")
    var all = false

    func validate() throws {
        if all, !names.isEmpty { throw ValidationError("give names or --all, not both") }
        if !all, names.isEmpty { throw ValidationError("give the names of processes, or --all") }
    }
}

extension Session {
    /// The processes that are meant: all of the names, or none.
    ///
    /// - Parameter action: what is to be done with them, for the message: `hold`.
    /// - Throws: naming every name that nothing has.
    func select(_ targets: Targets, to action: String) async throws(Failure) -> [ProcessStatus] {
        try await select(targets.all ? nil : targets.names, to: action)
    }

    /// The processes of those names, or all.
    func select(_ names: [String]?, to action: String) async throws(Failure) -> [ProcessStatus] {
        let unknown: [String]
        let known: [String]
        do throws(StoreError) {
            guard let names else { return try await store.processes(named: nil) }
            // A database may compare names without regard to case; a name on the command line means itself alone.
            let found = try await store.processes(named: names).filter { names.contains($0.name) }
            unknown = names.filter { name in !found.contains { $0.name == name } }
            if unknown.isEmpty { return found }
            known = try await store.processes(named: nil).map(\.name)
        } catch {
            throw Failure(error)
        }
        throw Failure.unknownNames(unknown, known: known, action: action)
    }
}

extension Failure {
    static func unknownNames(_ names: [String], known: [String], action: String) -> Failure {
        let nearest = names.compactMap { $0.nearest(among: known) }
        let hint =
            known.isEmpty
            ? "none is monitored yet; 'monitorctl process add NAME' adds one"
            : nearest.isEmpty ? "'monitorctl status' lists those there are" : "did you mean \(quoted(nearest))?"
        let what = names.count == 1 ? "process" : "processes"
        return Failure(.failed, "cannot \(action) \(quoted(names)): no such \(what); \(hint)")
    }

    private static func quoted(_ names: [String]) -> String {
        names.map { "'\($0.escapedForDisplay(limit: 60))'" }.joined(separator: ", ")
    }
}

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
        // An operator does not wait longer for a shell.
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
