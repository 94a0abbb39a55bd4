internal import MonitorCore
internal import TestSupport
internal import Testing

/// What a person sees on a terminal, 80 and 160 columns wide, kept as text in `Tests/Fixtures/screens`; there `…` at the
/// end of a piece stands for what differs from run to run.
@Suite(.integration(with: "tmux", isAvailable: InstalledProgram.areInstalled("tmux")), .timeLimit(.minutes(2)))
struct ScreenTests {
    struct Screen: Sendable, CustomTestStringConvertible {
        var name: String
        var command: String
        var keys: [String] = []
        /// Stands on the screen when it is complete: what comes behind a command that ends.
        var marker = Self.end
        static let end = "-- end"
        var testDescription: String { name }
    }

    static let screens = [
        Screen(name: "status", command: "status"), Screen(name: "status-one", command: "status mysqld"),
        Screen(name: "watch", command: "status --watch", marker: "q leaves"),
        Screen(name: "history", command: "history"), Screen(name: "check", command: "check"),
        Screen(name: "menu", command: "menu", keys: ["1", "Enter", "q", "Enter"]),
    ]

    @Test(arguments: screens, [80, 160])
    func `it looks as it did`(screen: Screen, columns: Int) async throws {
        try await Tool.with(
            ["httpd", "mysqld", "queue", "sshd", "worker-backend"],
            configuration: "[logging]\nfile = /dev/null/monitor.log"
        ) { tool in
            try await Self.furnish(tool)
            let text = try await TmuxScreen.capture(
                socket: tool.directory + "/tmux", columns: columns,
                command: "TZ=\(Self.noon) NO_COLOR=1 RUNTIME_DIRECTORY=\(tool.directory) \(Tool.path) "
                    + "--config \(tool.configurationFile) \(screen.command); echo \(Screen.end)",
                keys: screen.keys, until: screen.marker)
            // Whether systemd runs here is not a matter of looks.
            let shown = text.split(separator: "\n", omittingEmptySubsequences: false)
                .prefix { !$0.contains(" systemd ") }.joined(separator: "\n")
            let golden = RepositoryFile("Tests/Fixtures/screens/\(screen.name)-\(columns).txt")
            let expected = (try? golden.text()) ?? ""
            #expect(Self.matches(shown, expected), "\(golden.path) differs from:\n\(shown)")
            for line in shown.split(separator: "\n") { #expect(line.count <= columns) }
        }
    }

    /// One process of each kind: recovered, hopeless, held, untouched, in alarm.
    private static func furnish(_ tool: Tool) async throws {
        let store = tool.store()
        _ = try await store.open()
        try await store.raise([1, 2], .act(of: "ann", note: nil))
        // Long ago, and early in the minute that it is rounded to, so that a slow run shows the same times.
        let hourAgo = Timestamp.wallClock() + .seconds(-3632)
        try await Daemon.recovers(1, "httpd", in: store, at: hourAgo)
        try await Daemon.fails(2, "mysqld", in: store, at: hourAgo)
        try await Daemon.beats(in: store, lastPoll: hourAgo)
        _ = try await tool("hold", "queue", "--reason", "moved to another disk")
        _ = try await tool("alarm", "set", "worker-backend", "--reason", "queue stuck")
        await store.close()
    }

    /// A zone in which it is about noon: a moment of another day is told with its date, which is longer.
    private static var noon: String {
        "NOON\(Timestamp.wallClock().milliseconds / 3_600_000 % 24 - 12)"
    }

    /// Line by line; a line of the expected text is a list of pieces that appear in this order, with `…` between them.
    static func matches(_ shown: String, _ expected: String) -> Bool {
        let lines = shown.split(separator: "\n", omittingEmptySubsequences: false)
        let patterns = expected.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == patterns.count - 1, patterns.last?.isEmpty == true else { return false }
        return zip(lines, patterns).allSatisfy(fits)
    }

    private static func fits(_ line: Substring, _ pattern: Substring) -> Bool {
        let pieces = pattern.split(separator: "…", omittingEmptySubsequences: false)
        guard pieces.count > 1 else { return line == pattern }
        guard line.hasPrefix(pieces[0]), line.hasSuffix(pieces[pieces.count - 1]) else { return false }
        var rest = line.dropFirst(pieces[0].count)
        for piece in pieces.dropFirst().dropLast() {
            guard let range = rest.firstRange(of: piece) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.count >= pieces[pieces.count - 1].count
    }
}
