internal import ArgumentParser
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
    /// - Parameter deed: what is to be done with them, for the message: `hold`.
    /// - Throws: naming every name that nothing has.
    func select(_ targets: Targets, to deed: String) async throws -> [ProcessStatus] {
        try await select(targets.all ? nil : targets.names, to: deed)
    }

    /// The processes of those names, or all.
    func select(_ names: [String]?, to deed: String) async throws -> [ProcessStatus] {
        guard let names else { return try await store.processes(named: nil) }
        // A database may compare names without regard to case; a name on the command line means itself alone.
        let found = try await store.processes(named: names).filter { names.contains($0.name) }
        let unknown = names.filter { name in !found.contains { $0.name == name } }
        guard !unknown.isEmpty else { return found }
        throw Failure.unknownNames(unknown, known: try await store.processes(named: nil).map(\.name), deed: deed)
    }
}

extension Failure {
    static func unknownNames(_ names: [String], known: [String], deed: String) -> Failure {
        let nearest = names.compactMap { $0.nearest(among: known) }
        let hint = nearest.isEmpty ? "monitorctl status lists those there are" : "did you mean \(quoted(nearest))?"
        let what = names.count == 1 ? "process" : "processes"
        return Failure(.failed, "cannot \(deed) \(quoted(names)): no such \(what); \(hint)")
    }

    private static func quoted(_ names: [String]) -> String {
        names.map { "'\($0.escapedForDisplay(limit: 60))'" }.joined(separator: ", ")
    }
}
